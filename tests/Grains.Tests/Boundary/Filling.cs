using System.Reflection;
using System.Runtime.CompilerServices;

namespace IotOrleans.Tests.Boundary;

/// <summary>
/// Instances with no member at its default, and what is in an instance as lines of text. The same type is always filled
/// in the same way: the bytes of today can be compared with those of another version.
/// </summary>
internal sealed class Filling
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private int _count;

    public static object Of(Type type) => new Filling().Make(type, type.Name);

    /// <summary>Each value with the way to it, in a fixed order.</summary>
    public static IEnumerable<string> Lines(object? value, string path = "")
    {
        if (value is null or false or 0 or 0L or "" or Array { Length: 0 })
            yield break;
        if (value is Array items)
        {
            for (var index = 0; index < items.Length; index++)
            {
                foreach (var line in Lines(items.GetValue(index), $"{path}[{index}]"))
                    yield return line;
            }
        }
        else if (BoundaryTypes.IsOurs(value.GetType()) && !value.GetType().IsEnum)
        {
            yield return $"{path} is {BoundaryTypes.Named(value.GetType())}";
            foreach (var member in BoundaryTypes.Members(value.GetType()))
            {
                foreach (var line in Lines(member.GetValue(value), $"{path}.{member.Name}"))
                    yield return line;
            }
        }
        else
            yield return FormattableString.Invariant(
                $"{path} = {(value is DateTimeOffset at ? at.ToString("O") : value)}"
            );
    }

    private object Make(Type type, string name)
    {
        _count++;
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return Make(underlying, name);
        if (type.IsArray)
            return Several(type.GetElementType()!, name);
        if (type.IsEnum)
            return Enum.GetValues(type).Cast<object>().Last();
        if (BoundaryTypes.IsOurs(type))
            return Ours(BoundaryTypes.Kinds(type)[0]);
        return type switch
        {
            _ when type == typeof(string) => $"{name} {_count}",
            _ when type == typeof(bool) => true,
            _ when type == typeof(int) => _count,
            _ when type == typeof(long) => 5_000_000_000L + _count,
            _ when type == typeof(double) => _count + 0.5,
            _ when type == typeof(Guid) => new Guid(_count, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
            _ when type == typeof(DateTimeOffset) => Noon.AddMinutes(_count),
            _ when type == typeof(TimeSpan) => TimeSpan.FromSeconds(_count),
            _ => throw new NotSupportedException($"Nobody told the test how to fill a {type}."),
        };
    }

    /// <summary>One of each kind, so that a list of actions holds every action.</summary>
    private Array Several(Type element, string name)
    {
        var kinds =
            BoundaryTypes.IsOurs(element) && !element.IsEnum ? BoundaryTypes.Kinds(element) : [element, element];
        var array = Array.CreateInstance(element, kinds.Length);
        for (var index = 0; index < kinds.Length; index++)
            array.SetValue(Make(kinds[index], name), index);
        return array;
    }

    private object Ours(Type type)
    {
        var constructor = type.GetConstructors().OrderByDescending(one => one.GetParameters().Length).FirstOrDefault();
        object?[] arguments =
        [
            .. (constructor?.GetParameters() ?? []).Select(parameter => Make(parameter.ParameterType, parameter.Name!)),
        ];
        var made = constructor is null ? RuntimeHelpers.GetUninitializedObject(type) : constructor.Invoke(arguments);
        foreach (var member in BoundaryTypes.Members(type).Where(member => IsEmpty(member, made)))
            member.SetValue(made, Make(member.PropertyType, member.Name));
        return made;
    }

    private static bool IsEmpty(PropertyInfo member, object of) => !Lines(member.GetValue(of)).Any();
}
