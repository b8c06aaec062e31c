using System.Text;

namespace IotOrleans.FreeSwitch;

/// <summary>
/// How values survive the line of <c>originate</c>. The switch splits the line on spaces with quotes and backslashes,
/// then the variables on commas, then expands <c>${}</c>; what none of these leaves whole is refused here.
/// </summary>
public static class EslQuoting
{
    /// <summary><c>{a=b,c='d\, e'}</c>. An empty value would be dropped by the switch, so it is not written.</summary>
    public static string Variables(IEnumerable<KeyValuePair<string, string>> variables) =>
        "{"
        + string.Join(',', variables.Where(v => v.Value.Length > 0).Select(v => Name(v.Key) + "=" + Value(v.Value)))
        + "}";

    /// <exception cref="ArgumentException">The value cannot reach the switch unchanged.</exception>
    public static string Value(string value)
    {
        // A brace ends the list, ${x} is expanded, and a backslash is eaten once or twice depending on what follows.
        Refuse(value, "{}\\", "variable value");
        if (value.StartsWith("^^", StringComparison.Ordinal))
            throw new ArgumentException("A variable value that begins with ^^ would change the separator.");
        return value.All(IsQuiet)
            ? value
            : $"'{value.Replace("'", "\\'", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal)}'";
    }

    /// <summary>One destination. A comma or bar would ring several, and one leg id can name only one of them.</summary>
    public static string DialString(string target)
    {
        Refuse(target, " ',|{}[]<>\\$\"&", "dial string");
        return target.Contains('/', StringComparison.Ordinal)
            ? target
            : throw new ArgumentException("A dial string names an endpoint: endpoint/destination.");
    }

    /// <summary>
    /// Quoted always: unquoted, <c>&amp;socket(host:port async full)</c> silently loses "async full".
    /// </summary>
    public static string Application(string name, string argument)
    {
        Refuse(argument, "'{}\\", "application argument");
        return $"'&{Name(name)}({argument})'";
    }

    /// <summary>
    /// A sound file or stream. It is not free text: nothing that the switch would expand may be in it.
    /// </summary>
    public static string File(string path)
    {
        Refuse(path, "'{}\\$|\"", "sound file");
        return path;
    }

    /// <summary>
    /// Text to be spoken. <c>${system ...}</c> in an argument would be carried out by the switch, and a bar ends the
    /// text; nobody hears the difference when such signs become spaces.
    /// </summary>
    public static string Spoken(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var sign in text)
        {
            if (sign == '\'')
                clean.Append('\u2019');
            else
                clean.Append(char.IsControl(sign) || "{}\\|$\"".Contains(sign, StringComparison.Ordinal) ? ' ' : sign);
        }
        return clean.ToString().Trim();
    }

    /// <exception cref="ArgumentException">Not a name of letters, digits and underscores.</exception>
    public static string Name(string name) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
            ? name
            : throw new ArgumentException($"'{EslCommand.OneLine(name)}' is not a name for the switch.");

    private static bool IsQuiet(char c) =>
        char.IsAsciiLetterOrDigit(c) || "_-.:/@+;".Contains(c, StringComparison.Ordinal);

    private static void Refuse(string text, string signs, string what)
    {
        if (EslCommand.OneLine(text).AsSpan().IndexOfAny(signs) >= 0)
            throw new ArgumentException($"A {what} cannot hold any of {signs}");
    }
}
