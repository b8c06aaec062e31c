using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Incidents;
using IotOrleans.Json;
using IotOrleans.Subscribers;

namespace IotOrleans.Speakers;

/// <summary>Something a speaker or display should ring, show or say. Each kind is one call of the hub.</summary>
[GenerateSerializer, Immutable, Alias("iot.speaker-notice")]
public abstract record SpeakerNotice;

/// <param name="Caller">The number as the network gave it; null when it is withheld.</param>
/// <param name="Visit">Set when somebody is at the door.</param>
[GenerateSerializer, Immutable, Alias("iot.ring-notice")]
public sealed record RingNotice(
    CallId CallId,
    string? Caller,
    string? CallerName,
    Msisdn Msisdn,
    int RingSeconds,
    DateTimeOffset StartedAt,
    DateTimeOffset RingsUntil,
    Visit? Visit = null
) : SpeakerNotice;

[GenerateSerializer, Immutable, Alias("iot.answered-notice")]
public sealed record AnsweredNotice(CallId CallId, DeviceId? ByDeviceId) : SpeakerNotice;

[GenerateSerializer, Immutable, Alias("iot.ended-notice")]
public sealed record EndedNotice(CallId CallId, string Cause) : SpeakerNotice;

[GenerateSerializer, Immutable, Alias("iot.message-notice")]
public sealed record MessageNotice(string MessageId, string From, string Text, DateTimeOffset At) : SpeakerNotice;

/// <param name="Level">"info", "warning", "alarm" or "missed_call".</param>
/// <param name="Incident">It hears when somebody has acknowledged the announcement.</param>
[GenerateSerializer, Immutable, Alias("iot.announcement-notice")]
public sealed record AnnouncementNotice(
    string AnnouncementId,
    string Text,
    string Level,
    DateTimeOffset ExpiresAt,
    IncidentId? Incident = null
) : SpeakerNotice;

[GenerateSerializer, Immutable, Alias("iot.command-notice")]
public sealed record CommandNotice(string CommandId, string Command, JsonText? Arguments) : SpeakerNotice;

/// <summary>Newer connections of the same device took this one's place: its front-end closes it.</summary>
[GenerateSerializer, Immutable, Alias("iot.replaced-notice")]
public sealed record ReplacedNotice : SpeakerNotice;
