using System.Diagnostics.CodeAnalysis;

namespace IotOrleans;

/// <summary>
/// The one alphabet of names that people and devices choose: safe in URLs, SQL, topics and log lines.
/// </summary>
public static class Names
{
    public const int LengthMax = 128;

    public static bool IsName([NotNullWhen(true)] string? text) =>
        text is { Length: > 0 and <= LengthMax }
        && char.IsAsciiLetterOrDigit(text[0])
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or ':' or '@' or '-');

    /// <summary>
    /// Text for people or wires of one line: no control characters, at most <paramref name="max"/> characters.
    /// </summary>
    public static bool IsLine([NotNullWhen(true)] string? text, int max) =>
        text is { Length: > 0 } && text.Length <= max && !text.Any(char.IsControl);
}
