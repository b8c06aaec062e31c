namespace IotOrleans.Actions;

/// <summary>What a mail server says to a command (RFC 5321, 4.2).</summary>
/// <param name="Lines">Without the code.</param>
internal sealed record SmtpReply(int Code, string[] Lines)
{
    public const int LineBytesMax = 2_048;
    public const int LinesMax = 100;

    /// <summary>An extension by its first word, in the answer to EHLO; null when it is not offered.</summary>
    public string? Offered(string extension) =>
        Array
            .Find(
                Lines,
                line =>
                    line.StartsWith(extension, StringComparison.OrdinalIgnoreCase)
                    && (line.Length == extension.Length || line[extension.Length] is ' ' or '=')
            )
            ?.ToUpperInvariant();

    /// <summary>For people: the first words, of letters that a log can hold.</summary>
    public override string ToString()
    {
        var words = new string([.. string.Join(' ', Lines).Where(c => c is >= ' ' and < (char)127).Take(100)]);
        return $"{Code} {words}".TrimEnd();
    }

    /// <summary>The code of a line and whether more follow; null when it is none of a reply.</summary>
    public static (int Code, bool IsLast)? Head(string line) =>
        line is [>= '2' and <= '5', >= '0' and <= '9', >= '0' and <= '9', ..]
        && (line.Length == 3 || line[3] is ' ' or '-')
            ? (int.Parse(line.AsSpan(0, 3), provider: null), line.Length == 3 || line[3] == ' ')
            : null;
}

/// <summary>The server said no, or something that is no answer.</summary>
internal sealed class SmtpRefusedException(string message, bool mayRetry) : Exception(message)
{
    public bool MayRetry => mayRetry;
}
