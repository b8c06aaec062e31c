namespace IotOrleans.FreeSwitch;

/// <summary>Turns the switch's events into facts about channels. Pure; knows nothing of what came before.</summary>
public static class ChannelEvents
{
    private const string OurVariables = "variable_iot_";

    private static readonly Dictionary<string, string> None = [];

    /// <summary>
    /// None for an event that is not about a channel, or about one whose name is no uuid; two for a bridge.
    /// </summary>
    public static IEnumerable<ChannelEvent> From(EslEvent change)
    {
        if (KindOf(change) is not { } kind || !Guid.TryParse(change["Unique-ID"], out var channel))
            return [];
        var fact = Fact(change, channel, kind);
        return kind is ChannelEventKind.Bridged or ChannelEventKind.Unbridged ? BothLegs(change, fact) : [fact];
    }

    private static ChannelEventKind? KindOf(EslEvent change) =>
        change.Name switch
        {
            "CHANNEL_CREATE" => ChannelEventKind.Created,
            "CHANNEL_PROGRESS" or "CHANNEL_PROGRESS_MEDIA" => ChannelEventKind.Ringing,
            "CHANNEL_ANSWER" => ChannelEventKind.Answered,
            "CHANNEL_BRIDGE" => ChannelEventKind.Bridged,
            "CHANNEL_UNBRIDGE" => ChannelEventKind.Unbridged,
            "DTMF" => ChannelEventKind.Dtmf,
            // Only this event carries our own id, and it also comes when the file was not found or text was spoken.
            "CHANNEL_EXECUTE_COMPLETE" when IsPrompt(change["Application"]) => ChannelEventKind.PlaybackEnded,
            "CHANNEL_HANGUP_COMPLETE" => ChannelEventKind.HungUp,
            "CHANNEL_DESTROY" => ChannelEventKind.Destroyed,
            _ => null,
        };

    private static bool IsPrompt(string? application) =>
        application is "playback" or "speak" or "say" or "play_and_get_digits";

    private static ChannelEvent Fact(EslEvent change, Guid channel, ChannelEventKind kind)
    {
        var fact = new ChannelEvent(change.At, channel, kind, change.Sequence)
        {
            IsInbound = change["Call-Direction"] == "inbound",
            CallerNumber = change["Caller-Caller-ID-Number"],
            CallerName = change["Caller-Caller-ID-Name"],
            Destination = change["Caller-Destination-Number"],
            Variables = Ours(change),
        };
        return kind switch
        {
            ChannelEventKind.Ringing => fact with { IsEarlyMedia = change.Name == "CHANNEL_PROGRESS_MEDIA" },
            ChannelEventKind.Dtmf => fact with { Digits = change["DTMF-Digit"] },
            ChannelEventKind.PlaybackEnded => Ended(change, fact),
            ChannelEventKind.HungUp => HungUp(change, fact),
            _ => fact,
        };
    }

    private static ChannelEvent Ended(EslEvent change, ChannelEvent fact) =>
        fact with
        {
            Playback = Guid.TryParse(change["Application-UUID"], out var id) ? id : null,
            PlaybackResult = change["Application-Response"],
            Digits = change["Application"] == "play_and_get_digits" ? DigitPrompt.Collected(change) : null,
        };

    private static ChannelEvent HungUp(EslEvent change, ChannelEvent fact)
    {
        var answered = change.Number("Caller-Channel-Answered-Time");
        var ended = change.Number("Caller-Channel-Hangup-Time");
        return fact with
        {
            Cause = change["Hangup-Cause"] ?? change.Variable("hangup_cause"),
            WasAnswered = answered > 0,
            Duration = Between(change.Number("Caller-Channel-Created-Time"), ended),
            Billable = Between(answered, ended),
        };
    }

    /// <summary>
    /// The switch tells of a bridge once, on its first leg; the other leg's owner has to hear it too.
    /// </summary>
    private static IEnumerable<ChannelEvent> BothLegs(EslEvent change, ChannelEvent fact)
    {
        var isPair =
            Guid.TryParse(change["Bridge-A-Unique-ID"], out var a)
            & Guid.TryParse(change["Bridge-B-Unique-ID"], out var b);
        return isPair
            ? [fact with { Uuid = a, Other = b }, fact with { Uuid = b, Other = a, IsInbound = false }]
            : [fact];
    }

    private static Dictionary<string, string> Ours(EslEvent change)
    {
        Dictionary<string, string>? ours = null;
        foreach (var (name, value) in change.Headers.Under(OurVariables))
            (ours ??= new(StringComparer.Ordinal))[name["variable_".Length..]] = value;
        return ours ?? None;
    }

    private static TimeSpan Between(long fromMicroseconds, long toMicroseconds) =>
        fromMicroseconds > 0 && toMicroseconds > fromMicroseconds
            ? TimeSpan.FromMicroseconds(toMicroseconds - fromMicroseconds)
            : TimeSpan.Zero;
}
