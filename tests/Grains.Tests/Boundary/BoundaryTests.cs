using System.Reflection;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Rules;
using IotOrleans.Speakers;

namespace IotOrleans.Tests.Boundary;

/// <summary>
/// What the rules of Microsoft Orleans ask of everything that travels, seen by reflection on both builds: a mistake
/// must not wait for a cluster to be found.
/// </summary>
public sealed class BoundaryTests
{
    [Fact]
    public void The_walk_finds_what_it_should()
    {
        Assert.Contains(typeof(IDeviceGrain), BoundaryTypes.Interfaces);
        Assert.Contains(typeof(ISpeakerObserver), BoundaryTypes.Interfaces);
        Assert.Contains(typeof(Answer<EventReceipt>), BoundaryTypes.Messages);
        Assert.Contains(typeof(CallAction), BoundaryTypes.Parts);
        Assert.Contains(typeof(JournalUnavailableException), BoundaryTypes.Exceptions);
    }

    [Fact]
    public void Every_interface_and_each_of_its_methods_has_a_name_on_the_wire()
    {
        foreach (var grain in BoundaryTypes.Interfaces)
        {
            Assert.True(grain.GetCustomAttribute<AliasAttribute>(inherit: false) is not null, $"{grain} has no alias");
            var aliases = BoundaryTypes.Methods(grain).Select(method => (method, Alias(method))).ToList();
            Assert.All(aliases, one => Assert.True(one.Item2 is not null, $"{grain}.{one.method.Name} has no alias"));
            Assert.Equal(aliases.Count, aliases.Select(one => one.Item2).Distinct().Count());
        }
    }

    [Fact]
    public void Every_type_has_a_serializer_and_a_name_that_is_its_own()
    {
        Type[] all = [.. BoundaryTypes.Interfaces, .. BoundaryTypes.Parts, .. BoundaryTypes.Exceptions];
        foreach (var type in all.Where(type => !type.IsInterface))
        {
            Assert.True(
                type.GetCustomAttribute<GenerateSerializerAttribute>(inherit: false) is not null,
                $"{type}: no serializer"
            );
            Assert.True(type.GetCustomAttribute<AliasAttribute>(inherit: false) is not null, $"{type} has no alias");
        }
        var aliases = all.Select(type => type.GetCustomAttribute<AliasAttribute>(inherit: false)!.Alias).ToList();
        Assert.Empty(aliases.GroupBy(alias => alias).Where(group => group.Count() > 1).Select(group => group.Key));
        Assert.All(aliases, alias => Assert.StartsWith("iot.", alias, StringComparison.Ordinal));
    }

    /// <summary>Without its arity the alias of a generic type names nothing that the other side could make.</summary>
    [Fact]
    public void The_alias_of_a_generic_type_says_how_many_arguments_it_takes()
    {
        foreach (var type in BoundaryTypes.Parts)
        {
            var alias = type.GetCustomAttribute<AliasAttribute>(inherit: false)!.Alias;
            var arity = type.IsGenericTypeDefinition ? type.GetGenericArguments().Length : 0;
            Assert.Equal(arity == 0 ? "" : $"`{arity}", alias.Contains('`') ? alias[alias.IndexOf('`')..] : "");
        }
    }

    /// <summary>A member that has neither a number nor a place in the constructor would be lost on the way.</summary>
    [Fact]
    public void Every_member_is_numbered_by_its_place_in_the_constructor_or_by_hand_and_once()
    {
        foreach (var type in BoundaryTypes.Parts.Where(type => !type.IsEnum))
        {
            var places = Places(type);
            var numbers = new List<string>();
            foreach (var member in BoundaryTypes.Members(type).Where(member => member.DeclaringType == type))
            {
                var number = member.GetCustomAttribute<IdAttribute>(inherit: false);
                Assert.True(
                    number is not null || places.Contains(member.Name),
                    $"{type}.{member.Name} is not numbered"
                );
                if (number is not null)
                    numbers.Add($"{number.Id}");
            }
            Assert.Equal(numbers.Count, numbers.Distinct().Count());
            Assert.Empty(type.GetFields(BindingFlags.Public | BindingFlags.Instance));
        }
    }

    /// <summary>Nobody copies on the embedded engine: what is sent must not be changed by anybody afterwards.</summary>
    [Fact]
    public void Everything_that_travels_promises_not_to_change()
    {
        foreach (var type in BoundaryTypes.Parts.Where(type => !type.IsEnum))
        {
            Assert.True(
                type.GetCustomAttribute<ImmutableAttribute>(inherit: false) is not null,
                $"{type} is not [Immutable]"
            );
            var setters = BoundaryTypes.Members(type).Select(member => member.SetMethod!).Where(set => set.IsPublic);
            Assert.All(setters, set => Assert.Contains(IsInit, set.ReturnParameter.GetRequiredCustomModifiers()));
        }
    }

    /// <summary>A front-end of an earlier version still calls what it knows.</summary>
    [Fact]
    public void No_method_of_a_released_version_is_gone_or_takes_something_else()
    {
        var methods = BoundaryTypes
            .Interfaces.SelectMany(BoundaryTypes.Methods)
            .Select(method =>
                $"{Alias(method.DeclaringType!)}.{Alias(method)}"
                + $"({string.Join(", ", method.GetParameters().Select(one => BoundaryTypes.Named(one.ParameterType)))})"
                + $" -> {BoundaryTypes.Named(method.ReturnType)}"
            )
            .Order(StringComparer.Ordinal)
            .ToList();
        if (Golden.IsToBeWritten)
            Golden.WriteMethods(methods);
        Assert.Empty(Golden.Methods().Except(methods));
    }

    private static readonly Type IsInit = typeof(System.Runtime.CompilerServices.IsExternalInit);

    private static HashSet<string> Places(Type type) =>
        [
            .. type.GetConstructors()
                .OrderByDescending(constructor => constructor.GetParameters().Length)
                .Take(1)
                .SelectMany(constructor => constructor.GetParameters())
                .Select(parameter => parameter.Name!),
        ];

    private static string? Alias(MemberInfo member) => member.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias;
}
