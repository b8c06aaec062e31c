using System.Globalization;
using System.Text.Json;

namespace IotOrleans.Hooks;

/// <summary>
/// Finds a value in a message: by a JSON pointer (RFC 6901) if it begins with "/", else by a dotted path.
/// </summary>
public static class FieldPath
{
    public const int LengthMax = 256;

    public static JsonElement? At(JsonElement root, string path)
    {
        if (path.Length == 0)
            return root;
        var pointer = path[0] == '/';
        var here = root;
        foreach (var part in pointer ? path[1..].Split('/') : path.Split('.'))
        {
            var name = pointer ? part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~") : part;
            if (Step(here, name) is not { } next)
                return null;
            here = next;
        }
        return here;
    }

    /// <summary>A member that is a text, or the text of a number; null for all else.</summary>
    public static string? Text(JsonElement root, string path) => At(root, path) is { } value ? Text(value) : null;

    /// <summary>What a person would write for a plain value; null for objects, arrays and null.</summary>
    public static string? Text(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            _ => null,
        };

    private static JsonElement? Step(JsonElement here, string name) =>
        here.ValueKind switch
        {
            JsonValueKind.Object when here.TryGetProperty(name, out var member) => member,
            JsonValueKind.Array
                when int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                    && index < here.GetArrayLength() => here[index],
            _ => null,
        };
}
