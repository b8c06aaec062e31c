namespace IotOrleans.FreeSwitch;

/// <summary>
/// Something the link has to tell. They come in one stream, so that "up" and the events after it keep their order.
/// </summary>
public abstract record LinkEvent(DateTimeOffset At);

/// <summary>
/// The link is up, for the first time or again. What happened on the switch while it was down was not heard: whoever
/// holds a living leg has to ask about it now.
/// </summary>
public sealed record LinkUp(DateTimeOffset At) : LinkEvent(At);

/// <summary>The link is lost.</summary>
public sealed record LinkDown(DateTimeOffset At, string Why) : LinkEvent(At);

/// <summary>
/// The switch answered our order with a channel of another name, a second call. It was killed at once.
/// </summary>
public sealed record StrangerKilled(DateTimeOffset At, Guid Leg, string Stranger) : LinkEvent(At);

/// <summary>A SIP telephone has sent a text (SIP MESSAGE), which the switch has taken.</summary>
/// <param name="Name">Names it among all texts of all switches; every line of a switch hears the same.</param>
/// <param name="To">The user part of the address it was sent to.</param>
public sealed record TextReceived(DateTimeOffset At, string Name, string From, string To, string Text) : LinkEvent(At)
{
    private const string Event = "RECV_MESSAGE";
    private const string PlainText = "text/plain";

    /// <summary>Null for another event, and for a message that holds no plain text.</summary>
    public static TextReceived? Of(EslEvent change) =>
        change.Name == Event
        && (change["type"] ?? PlainText).StartsWith(PlainText, StringComparison.OrdinalIgnoreCase)
        // Telephones end the body with a line break that nobody has typed.
        && change.Body?.TrimEnd('\r', '\n') is { Length: > 0 } text
        && change["from_user"] is { Length: > 0 } from
        && change["to_user"] is { Length: > 0 } to
            ? new(change.At, $"{change["Core-UUID"]} {change.Sequence}", from, to, text)
            : null;
}

/// <summary>
/// A fact about one channel. Facts come in any order and more than once (an answer was recorded before the creation of
/// its own channel), so they are to be joined into a state, not followed as a sequence.
/// </summary>
/// <param name="At">The switch's own time of the event; many events share one value.</param>
/// <param name="Sequence">The switch's running number; 0 for what the link concluded itself.</param>
public sealed record ChannelEvent(DateTimeOffset At, Guid Uuid, ChannelEventKind Kind, long Sequence) : LinkEvent(At)
{
    /// <summary>Ringing: the far end already sends sound.</summary>
    public bool IsEarlyMedia { get; init; }

    /// <summary>HungUp: FreeSWITCH's word, such as NORMAL_CLEARING or USER_BUSY.</summary>
    public string? Cause { get; init; }

    /// <summary>HungUp: somebody had answered.</summary>
    public bool WasAnswered { get; init; }

    /// <summary>HungUp: from the creation, and from the answer, to the hangup.</summary>
    public TimeSpan Duration { get; init; }
    public TimeSpan Billable { get; init; }

    /// <summary>HungUp: no channel ever was; only the result of the order told us.</summary>
    public bool IsFromOrder { get; init; }

    /// <summary>Bridged, Unbridged: the other leg.</summary>
    public Guid? Other { get; init; }

    /// <summary>
    /// Dtmf: the key. PlaybackEnded of a prompt for digits: all that were collected, or null if none were valid.
    /// </summary>
    public string? Digits { get; init; }

    /// <summary>
    /// PlaybackEnded: which one, as Play, Speak or CollectDigits had answered, and the switch's word for its end.
    /// </summary>
    public Guid? Playback { get; init; }
    public string? PlaybackResult { get; init; }

    /// <summary>The call came to the switch, rather than being placed by it.</summary>
    public bool IsInbound { get; init; }
    public string? CallerNumber { get; init; }
    public string? CallerName { get; init; }
    public string? Destination { get; init; }

    /// <summary>The channel variables whose names begin with <c>iot_</c>.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();
}

public enum ChannelEventKind
{
    Created,
    Ringing,
    Answered,
    Bridged,
    Unbridged,
    Dtmf,
    PlaybackEnded,
    HungUp,
    Destroyed,
}
