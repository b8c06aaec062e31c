using System.Text;

namespace IotOrleans.FreeSwitch.Simulator;

/// <summary>What <c>originate</c> was told, taken apart as the real switch takes it apart.</summary>
internal sealed record OriginateText(
    IReadOnlyDictionary<string, string> Variables,
    string DialString,
    string Application,
    string Argument
)
{
    public const string Usage =
        "-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>]"
        + " [<cid_name>] [<cid_num>] [<timeout_sec>]\n";

    public string Endpoint => DialString.Split('/')[0];
    public bool IsLoopback => Endpoint == "loopback";

    /// <summary>
    /// The digits that are dialled: the user part of the last word, or the second word of a loopback.
    /// </summary>
    public string Number
    {
        get
        {
            var words = DialString.Split('/');
            var target = IsLoopback && words.Length > 1 ? words[1] : words[^1];
            return target.Split('@')[0];
        }
    }

    /// <summary>Null when the line is not understood, which the real one answers with its usage.</summary>
    public static OriginateText? Parse(string line)
    {
        if (Words(line) is not [var target, var extension, ..])
            return null;
        var (variables, dial) = Split(target);
        if (!extension.StartsWith('&'))
            return new(variables, dial, "park", "");
        var open = extension.IndexOf('(', StringComparison.Ordinal);
        var close = extension.LastIndexOf(')');
        return open < 0 || close < open
            ? new(variables, dial, extension[1..], "")
            : new(variables, dial, extension[1..open], extension[(open + 1)..close]);
    }

    /// <summary>
    /// Words are split on spaces outside quotes. Quotes and backslashes stay where they are inside braces, because the
    /// variables are unquoted on their own. Null when a quote is left open.
    /// </summary>
    private static List<string>? Words(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var isQuoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '\\' && i + 1 < line.Length)
                word.Append(line[i]).Append(line[++i]);
            else if (line[i] == ' ' && !isQuoted)
                End();
            else
            {
                isQuoted ^= line[i] == '\'';
                word.Append(line[i]);
            }
        }
        End();
        return isQuoted ? null : words;

        void End()
        {
            var text = word.ToString();
            word.Clear();
            if (text.Length > 0)
                words.Add(text is ['\'', .., '\''] ? text[1..^1] : text);
        }
    }

    private static (Dictionary<string, string> Variables, string DialString) Split(string target)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!target.StartsWith('{'))
            return (variables, target);
        var close = target.IndexOf('}', StringComparison.Ordinal);
        if (close < 0)
            return (variables, target);
        foreach (var part in Parts(target[1..close]))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && equals < part.Length - 1)
                variables[part[..equals]] = part[(equals + 1)..];
        }
        return (variables, target[(close + 1)..]);
    }

    /// <summary>Commas separate, even inside quotes, unless a backslash stands before them.</summary>
    private static IEnumerable<string> Parts(string list)
    {
        var part = new StringBuilder();
        for (var i = 0; i < list.Length; i++)
        {
            if (list[i] == '\\' && i + 1 < list.Length)
                part.Append(list[++i] == 'n' ? '\n' : list[i]);
            else if (list[i] == ',')
            {
                yield return part.ToString();
                part.Clear();
            }
            else if (list[i] != '\'')
                part.Append(list[i]);
        }
        yield return part.ToString();
    }
}
