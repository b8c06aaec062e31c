using IotOrleans.Devices;
using IotOrleans.Incidents;
using IotOrleans.Json;

namespace IotOrleans.Events;

/// <summary>One fact a device told us. Device and EventId together make a repeated delivery harmless.</summary>
/// <param name="EventType">A word of <see cref="EventTypes"/>, or any other that a rule names.</param>
/// <param name="OccurredAt">The device's own clock; rules are judged by <paramref name="ReceivedAt"/>.</param>
/// <param name="Derived">
/// The hub gave no id, so ours is made of device, type and time: two true repeats within ten seconds fold.
/// </param>
/// <param name="TraceId">W3C trace id, the thread from webhook to CDR.</param>
[GenerateSerializer, Immutable, Alias("iot.device-event")]
public sealed record DeviceEvent(
    string EventId,
    DeviceId DeviceId,
    string EventType,
    DateTimeOffset OccurredAt,
    DateTimeOffset ReceivedAt,
    JsonText Payload,
    string TraceId,
    bool Derived = false
)
{
    public const int EventIdLengthMax = 128;
    public const int EventTypeLengthMax = 64;
}

/// <summary>The words for events that the product itself knows.</summary>
public static class EventTypes
{
    public const string IncomingCall = "incoming_call";
    public const string IncomingSms = "incoming_sms";
    public const string Offline = "offline";
    public const string Online = "online";

    private static readonly HashSet<string> LifeSafety =
    [
        "smoke",
        "gas",
        "co",
        "leak",
        "sos",
        "fall",
        "intrusion",
        "heart_anomaly",
    ];

    // One report of these may be all that anybody ever hears.
    private static readonly HashSet<string> OneIsEnough = ["smoke", "gas", "co", "sos", "fall", "heart_anomaly"];

    private static readonly HashSet<string> Known =
    [
        .. LifeSafety,
        "doorbell",
        "button",
        Offline,
        Online,
        IncomingCall,
        IncomingSms,
    ];

    /// <summary>A word that may be a label of a figure.</summary>
    public static bool IsKnown(string eventType) => Known.Contains(eventType);

    /// <summary>
    /// Life-safety events pass quiet hours, overtake all others and are tried again when an outcome is unknown.
    /// </summary>
    public static bool IsLifeSafety(string eventType) => LifeSafety.Contains(eventType);

    /// <summary>Whether a single report may come to nothing because nobody confirmed it.</summary>
    public static bool MayNeedASecond(string eventType) => !OneIsEnough.Contains(eventType);

    /// <summary>One lower-case word, so that a label or a rule cannot be made of anything else.</summary>
    public static bool IsWord(string? text) =>
        text is { Length: > 0 and <= DeviceEvent.EventTypeLengthMax }
        && char.IsAsciiLetterLower(text[0])
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '.' or '-');
}

[GenerateSerializer, Alias("iot.event-status")]
public enum EventStatus
{
    Accepted,
    Duplicate,
}

/// <summary>The answer to a fact: it is durable now, and these incidents follow from it.</summary>
[GenerateSerializer, Immutable, Alias("iot.event-receipt")]
public sealed record EventReceipt(string EventId, EventStatus Status, IncidentId[] Incidents);

/// <summary>A row of the event journal as screens show it.</summary>
[GenerateSerializer, Immutable, Alias("iot.event-log")]
public sealed record EventLog(
    string EventId,
    DeviceId DeviceId,
    string EventType,
    DateTimeOffset OccurredAt,
    DateTimeOffset ReceivedAt,
    JsonText Payload,
    IncidentId[] Incidents,
    string TraceId
);

/// <summary>The journal could not make a record durable. Nothing may be promised on it; asking again is safe.</summary>
[GenerateSerializer, Alias("iot.journal-unavailable")]
public sealed class JournalUnavailableException : Exception
{
    public JournalUnavailableException()
        : this("The journal is unavailable.") { }

    public JournalUnavailableException(string message)
        : base(message) { }

    public JournalUnavailableException(string message, Exception inner)
        : base(message, inner) { }
}
