using System.Text.Json.Serialization;
using IotOrleans.Devices;
using IotOrleans.Incidents;

namespace IotOrleans.Calls;

[GenerateSerializer, Alias("iot.call-direction")]
public enum CallDirection
{
    Outbound,
    Inbound,
}

[GenerateSerializer, Alias("iot.call-phase")]
public enum CallPhase
{
    Originating,
    Ringing,
    Answered,
    Ended,
}

/// <summary>A call leg as screens show it.</summary>
[GenerateSerializer, Immutable, Alias("iot.call-record")]
public sealed record CallRecord(
    CallId CallId,
    CallDirection Direction,
    string From,
    string To,
    CallPhase Phase,
    string? HangupCause,
    IncidentId? IncidentId,
    DeviceId? DeviceId,
    DateTimeOffset StartedAt,
    DateTimeOffset? AnsweredAt,
    DateTimeOffset? EndedAt,
    string TraceId,
    string? CallerName = null,
    DeviceId? AnsweredBy = null,
    CallId? ParentId = null
);

/// <summary>What is left of a call when it is over; written once and never changed.</summary>
/// <param name="DurationSeconds">From the order to the end.</param>
/// <param name="BillableSeconds">From the answer to the end, rounded up; 0 when nobody answered.</param>
[GenerateSerializer, Immutable, Alias("iot.cdr")]
public sealed record CallDetailRecord(
    CallId CallId,
    CallDirection Direction,
    string From,
    string To,
    string HangupCause,
    IncidentId? IncidentId,
    DeviceId? DeviceId,
    DateTimeOffset StartedAt,
    DateTimeOffset? AnsweredAt,
    DateTimeOffset EndedAt,
    int DurationSeconds,
    int BillableSeconds,
    string? AnsweredBy,
    string? EventId,
    string TraceId
);

/// <summary>Who rings for an incoming call: one step after another, each with all its targets together.</summary>
/// <param name="FallbackAt">Index of the first step that is there for when nobody at home answered.</param>
/// <param name="Refusal">The hangup cause of a call that rings nowhere; then there are no steps.</param>
/// <param name="CallerName">Who is calling, as the subscriber has settled it.</param>
[GenerateSerializer, Immutable, Alias("iot.call-plan")]
public sealed record CallPlan(
    RingStep[] Steps,
    int FallbackAt = int.MaxValue,
    string? Refusal = null,
    string? CallerName = null
)
{
    /// <summary>The steps for when nobody at home answered.</summary>
    [JsonIgnore]
    public RingStep[] Fallback => [.. Steps.Skip(FallbackAt)];
}

[GenerateSerializer, Immutable, Alias("iot.ring-step")]
public sealed record RingStep(Subscribers.RingTarget[] Targets, int RingSeconds);

/// <summary>A call that the switch asks us about.</summary>
[GenerateSerializer, Immutable, Alias("iot.incoming-call")]
public sealed record IncomingCall(
    CallId CallId,
    string Switch,
    Subscribers.Msisdn To,
    string From,
    string? FromName,
    string TraceId,
    MaskedParty? Masked = null
);

/// <summary>Behind the number that was called stands somebody else, and the caller has a mask of its own.</summary>
/// <param name="Real">Who is called; null when this caller does not get through.</param>
/// <param name="Presented">What is shown of the caller; null shows nothing.</param>
[GenerateSerializer, Immutable, Alias("iot.masked-party")]
public sealed record MaskedParty(Subscribers.Msisdn? Real, Subscribers.Msisdn? Presented);
