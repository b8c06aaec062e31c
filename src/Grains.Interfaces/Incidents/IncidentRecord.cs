using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Incidents;

[GenerateSerializer, Alias("iot.incident-status")]
public enum IncidentStatus
{
    Running,
    Acknowledged,
    Completed,
    Failed,
    Cancelled,
}

/// <summary>An incident as screens show it.</summary>
/// <param name="Joined">At most <see cref="JoinedEvent.CountMax"/>; <paramref name="EventCount"/> counts all.</param>
/// <param name="Rooms">Where it was told of, in this order.</param>
[GenerateSerializer, Immutable, Alias("iot.incident-record")]
public sealed record IncidentRecord(
    IncidentId IncidentId,
    RuleId RuleId,
    string EventId,
    DeviceId DeviceId,
    Msisdn? Msisdn,
    IncidentStatus Status,
    IncidentAttempt[] Attempts,
    string? AcknowledgedBy,
    DateTimeOffset OpenedAt,
    DateTimeOffset? ClosedAt,
    string EventType,
    string TraceId,
    string? Note = null,
    JoinedEvent[]? Joined = null,
    bool Test = false,
    int EventCount = 1,
    string[]? Rooms = null
);

/// <summary>An event of another device that belongs to the same happening.</summary>
[GenerateSerializer, Immutable, Alias("iot.joined-event")]
public sealed record JoinedEvent(
    DeviceId DeviceId,
    string EventId,
    string Title,
    DateTimeOffset At,
    string? Room = null
)
{
    /// <summary>Those after it are only counted.</summary>
    public const int CountMax = 100;

    /// <summary>Told a second time it has another moment.</summary>
    public bool IsOf(JoinedEvent other) => (DeviceId, EventId) == (other.DeviceId, other.EventId);
}

/// <summary>One thing that was tried, and how it ended.</summary>
/// <param name="Outcome">
/// "ordered", "answered", "acknowledged", "false_alarm", "escalated", a hangup cause in lower case,
/// "delivered", "not_delivered", or the gate's word for why it was not tried.
/// </param>
[GenerateSerializer, Immutable, Alias("iot.incident-attempt")]
public sealed record IncidentAttempt(
    string Action,
    string Target,
    string Outcome,
    DateTimeOffset At,
    CallId? CallId = null,
    string? MessageId = null,
    string? Detail = null
);
