namespace IotOrleans.FreeSwitch;

/// <summary>
/// What the switch answered to one command. An <c>api</c> command may be answered by either kind of frame
/// (a refusal comes as <c>command/reply</c>), so the caller sees only the text.
/// </summary>
public readonly record struct EslReply(string Text)
{
    private const string Error = "-ERR ";

    /// <summary>Starts with <c>+OK</c>. Many successes are bare words, so "not ok" is not yet a refusal.</summary>
    public bool IsOk => Text.StartsWith("+OK", StringComparison.Ordinal);

    /// <summary>Errors are text only: <c>-ERR</c>, but also <c>-USAGE</c>.</summary>
    public bool IsRefusal => Text.StartsWith('-') && !IsEmpty;

    /// <summary>The command had nothing to say. The switch words that as an error, which it is not.</summary>
    public bool IsEmpty => Text is "" or "-ERR no reply";

    public bool IsUnknownCommand => Text.EndsWith("ommand not found!", StringComparison.Ordinal) || IsNotAllowedHere;

    public bool IsNoSuchChannel =>
        Text.StartsWith("-ERR No such channel", StringComparison.Ordinal)
        || Text.StartsWith("-ERR Invalid uuid", StringComparison.Ordinal)
        || Text.StartsWith("-ERR invalid session id", StringComparison.Ordinal);

    /// <summary>The words after <c>-ERR</c> or <c>+OK</c>: a hangup cause, a uuid.</summary>
    public string Detail =>
        Text.StartsWith(Error, StringComparison.Ordinal) ? Text[Error.Length..].Trim()
        : IsOk ? Text[3..].Trim()
        : Text.TrimStart('-').Trim();

    private bool IsNotAllowedHere => Text is "-ERR command not found";

    public static EslReply From(EslFrame frame) =>
        frame.ContentType == "api/response" ? Of(frame.BodyText)
        : frame.IsConnectReply ? Of(EslPercent.Decode(frame.Headers["Reply-Text"] ?? ""))
        : Of(frame.Headers["Reply-Text"] ?? "");

    public static EslReply Of(string text) => new(text.TrimEnd('\n'));
}
