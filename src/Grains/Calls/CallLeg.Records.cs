using IotOrleans.Incidents;

namespace IotOrleans.Calls;

/// <summary>What a leg tells: to screens, to the one who ordered it, and to the books.</summary>
public sealed partial record CallLeg
{
    public CallRecord ToRecord() =>
        new(
            CallId,
            Direction,
            From,
            To,
            Phase,
            HangupCause,
            IncidentId,
            DeviceId,
            StartedAt,
            AnsweredAt,
            EndedAt,
            TraceId,
            CallerName,
            AnsweredBy,
            ParentId
        );

    public LegReport ToReport(DateTimeOffset now) =>
        new(
            CallId,
            Ring is null ? AnsweredAt is not null : Ring.Winner is not null,
            IsAcknowledged,
            HangupCause,
            now,
            HangupCause == HangupCauses.Lost ? "nobody knows how it ended"
                : Order is { Pressed: { } key } && !IsDecided ? $"pressed {key}, which acknowledges nothing"
                : Order?.Trouble,
            IsDecided && !IsAcknowledged ? Order!.Pressed : null
        );

    /// <summary>The record of a call that is over.</summary>
    public CallDetailRecord ToCdr() =>
        new(
            CallId,
            Direction,
            From,
            To,
            HangupCause!,
            IncidentId,
            DeviceId,
            StartedAt,
            AnsweredAt,
            EndedAt!.Value,
            Seconds(EndedAt.Value - StartedAt),
            AnsweredAt is { } answered ? Seconds(EndedAt.Value - answered) : 0,
            AnsweredAt is null ? null : AnsweredBy?.Value ?? (Ring is null ? To : Ring.Winner),
            EventId,
            TraceId
        );

    private static int Seconds(TimeSpan span) => (int)Math.Ceiling(Math.Max(0, span.TotalSeconds));
}
