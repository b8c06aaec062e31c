using System.Text.RegularExpressions;

namespace IotOrleans.Tidy;

/// <summary>
/// Finds the members of formatted C# by their braces: the formatter puts both braces of a block on lines of their own,
/// in the column of what they belong to.
/// </summary>
internal static partial class Blocks
{
    public sealed record Member(int Start, string Header, int Lines);

    public static IEnumerable<Member> Members(string[] lines)
    {
        var open = new Stack<(int Indent, int Header, bool IsType)>();
        for (var at = 0; at < lines.Length; at++)
        {
            var line = lines[at];
            var indent = line.Length - line.TrimStart().Length;
            if (line.Trim() == "{")
            {
                var header = Header(lines, at, indent);
                open.Push((indent, header, Type().IsMatch(lines[header])));
            }
            else if (line.TrimStart().StartsWith('}') && open.TryPeek(out var block) && block.Indent == indent)
            {
                open.Pop();
                var isMember = !block.IsType && (!open.TryPeek(out var around) || around.IsType);
                if (isMember)
                {
                    yield return new(block.Header + 1, lines[block.Header].Trim(), at - block.Header + 1);
                }
            }
        }
    }

    // The last line above in the same column that begins something.
    private static int Header(string[] lines, int brace, int indent)
    {
        for (var at = brace - 1; at >= 0; at--)
        {
            var line = lines[at];
            if (line.Length > indent && line.Length - line.TrimStart().Length == indent && line[indent] != ')')
            {
                return at;
            }
        }
        return brace;
    }

    [GeneratedRegex(@"^\s*(?!//)[^""(]*\b(class|record|struct|interface|enum|namespace|extension)\b")]
    private static partial Regex Type();
}
