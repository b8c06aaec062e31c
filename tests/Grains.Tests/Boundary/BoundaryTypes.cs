using System.Reflection;
using System.Text.Json.Serialization;
using IotOrleans.Incidents;

namespace IotOrleans.Tests.Boundary;

/// <summary>Everything that goes from one grain, silo or front-end to another, found by reflection.</summary>
internal static class BoundaryTypes
{
    private static readonly Assembly[] Ours = [typeof(Refusal).Assembly, typeof(Incident).Assembly];

    /// <summary>All interfaces of grains and observers.</summary>
    public static Type[] Interfaces { get; } =
    [
        .. Ours.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.IsInterface && typeof(IAddressable).IsAssignableFrom(type))
            .OrderBy(type => type.FullName, StringComparer.Ordinal),
    ];

    /// <summary>What a caller may catch that is thrown on the other side.</summary>
    public static Type[] Exceptions { get; } =
    [
        .. Ours.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.IsSubclassOf(typeof(Exception)))
            .OrderBy(type => type.FullName, StringComparer.Ordinal),
    ];

    /// <summary>Parameters and results as they are declared, constructed generics and arrays among them.</summary>
    public static Type[] Messages { get; } =
    [
        .. Interfaces
            .SelectMany(Methods)
            .SelectMany(method =>
                method.GetParameters().Select(parameter => parameter.ParameterType).Append(Result(method))
            )
            .Where(type => type != typeof(void) && !IsReference(type))
            .Distinct()
            .OrderBy(Named, StringComparer.Ordinal),
    ];

    /// <summary>Our own types in the messages, however deep; of a generic type its definition.</summary>
    public static Type[] Parts { get; } = [.. Closure().OrderBy(type => type.FullName, StringComparer.Ordinal)];

    public static IEnumerable<MethodInfo> Methods(Type grain) =>
        grain.GetMethods().Where(method => Ours.Contains(method.DeclaringType!.Assembly));

    /// <summary>The types that a value declared as this one may be.</summary>
    public static Type[] Kinds(Type type) =>
        type.IsAbstract
            ?
            [
                .. type
                    .Assembly.GetTypes()
                    .Where(kind => kind.IsSubclassOf(type))
                    .OrderBy(Named, StringComparer.Ordinal),
            ]
            : [type];

    /// <summary>The members that travel.</summary>
    public static IEnumerable<PropertyInfo> Members(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(member =>
                member is { CanRead: true, SetMethod: not null } && member.GetIndexParameters().Length == 0
            )
            .Where(member => member.GetCustomAttribute<JsonIgnoreAttribute>(inherit: false) is null)
            .OrderBy(member => member.Name, StringComparer.Ordinal);

    /// <summary>The name on the wire.</summary>
    public static string Named(Type type) =>
        type.IsArray ? Named(type.GetElementType()!) + "[]"
        : type.IsGenericType
            ? $"{Plain(type.GetGenericTypeDefinition())}<{string.Join(",", type.GenericTypeArguments.Select(Named))}>"
        : Plain(type);

    public static bool IsOurs(Type type) => !type.IsArray && Ours.Contains(type.Assembly);

    private static string Plain(Type type) =>
        type.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias ?? type.FullName!;

    private static bool IsReference(Type type) =>
        typeof(IAddressable).IsAssignableFrom(type.IsArray ? type.GetElementType() : type);

    private static Type Result(MethodInfo method) =>
        method.ReturnType.IsGenericType ? method.ReturnType.GenericTypeArguments[0] : typeof(void);

    private static HashSet<Type> Closure()
    {
        var found = new HashSet<Type>();
        var next = new Stack<Type>(Messages);
        while (next.TryPop(out var type))
        {
            if (type.IsArray)
                next.Push(type.GetElementType()!);
            foreach (var argument in type.GenericTypeArguments)
                next.Push(argument);
            if (!IsOurs(type) || !found.Add(type.IsGenericType ? type.GetGenericTypeDefinition() : type))
                continue;
            foreach (var kind in Kinds(type).Where(kind => kind != type))
                next.Push(kind);
            foreach (var member in type.IsEnum ? [] : Members(type))
                next.Push(member.PropertyType);
        }
        return found;
    }
}
