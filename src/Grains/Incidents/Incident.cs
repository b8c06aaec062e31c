using System.Text.Json.Serialization;
using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Incidents;

/// <summary>
/// The run of one rule for one event. Steps are the rule's actions in order; a step that waits for people holds up
/// those after it, the others do not. With an escalation the steps are a ladder that is climbed again and again. All
/// changes are pure and total; null means "late or repeated".
/// </summary>
/// <param name="Step">
/// Counts on through the repeats of a ladder, so that what a step does has a name of its own.
/// </param>
/// <param name="StepEndsAt">When the ladder goes on to its next step; null before the step has begun.</param>
/// <param name="HeldUntil">Until then only the people at home know, and may call it a false alarm.</param>
/// <param name="Joined">Events of other devices that belong to the same happening.</param>
/// <param name="IsTest">Everybody who hears of it hears that it is a test.</param>
/// <param name="Priority">Of the rule: whose calls go first when not all can.</param>
/// <param name="Corroboration">Set while one report is not enough.</param>
/// <param name="Folded">Events of the same happening beyond those of <paramref name="Joined"/>.</param>
[GenerateSerializer, Immutable, Alias("iot.incident")]
public sealed partial record Incident(
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
    string? Note,
    EventFacts Facts,
    RuleAction[] Actions,
    int Step,
    Dial[] Dials,
    int Version,
    DateTimeOffset? DueAt,
    Escalation? Escalation = null,
    DateTimeOffset? StepEndsAt = null,
    DateTimeOffset? HeldUntil = null,
    JoinedEvent[]? Joined = null,
    bool IsTest = false,
    int Priority = 0,
    Corroboration? Corroboration = null,
    int Folded = 0
)
{
    /// <summary>An incident that nothing moves is looked at again after this.</summary>
    public static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(30);

    /// <summary>Every incident ends: after this it is closed as failed whatever still waits.</summary>
    public static readonly TimeSpan LifeMax = TimeSpan.FromHours(4);

    public bool IsLifeSafety => EventTypes.IsLifeSafety(EventType);

    public bool IsRunning => Status == IncidentStatus.Running;

    public static IncidentId IdOf(DeviceEvent deviceEvent, RuleId rule) =>
        new(NamedId.Of("incident", deviceEvent.DeviceId.Value, deviceEvent.EventId, rule.Value));

    public static Incident Open(Rule rule, Situation situation) =>
        new(
            IdOf(situation.Event, rule.RuleId),
            rule.RuleId,
            situation.Event.EventId,
            situation.Device.DeviceId,
            situation.Device.Msisdn,
            IncidentStatus.Running,
            rule.Corroboration is { } needed ? [Waiting(needed, situation.Now)] : [],
            null,
            situation.Now,
            null,
            situation.Event.EventType,
            situation.Event.TraceId,
            null,
            EventFacts.Of(situation),
            ActionPlan.Of(rule, situation),
            Step: 0,
            Dials: [],
            Version: 1,
            DueAt: situation.Now,
            rule.Escalation,
            HeldUntil: HeldBy(rule) is > 0 and var held ? situation.Now.AddSeconds(held) : null,
            IsTest: situation.IsTest,
            Priority: rule.Priority,
            Corroboration: rule.Corroboration
        );

    /// <summary>A step other than a call was carried out, for each of its targets. Legs it made are followed.</summary>
    public Incident Did(RuleAction action, IReadOnlyList<IncidentAttempt> attempts, DateTimeOffset now) =>
        this with
        {
            Step = Escalation is null ? Step + 1 : Step,
            StepEndsAt = Escalation is null ? null : now.AddSeconds(Escalation.WaitSeconds),
            Attempts = [.. Attempts, .. attempts],
            Dials =
            [
                .. Dials,
                .. attempts
                    .Where(attempt => attempt.Outcome is "ordered" or "queued")
                    .Select(attempt => new Dial(Step, null, DialStage.Ordered, 1, CallId: attempt.CallId)
                    {
                        PostingId = Guid.TryParse(attempt.MessageId, out var posting) ? posting : null,
                    }),
            ],
            Note = attempts.Count == 0 ? $"{action.Name()} found nobody to tell" : Note,
        };

    /// <summary>Whether somebody who says "I know" ends more than a conversation.</summary>
    public bool WantsAcknowledgement =>
        HeldUntil is not null || Escalation is not null || Actions.OfType<CallAction>().Any(call => call.NeedsKey);

    /// <summary>With something that happened beside its steps. Null when that is recorded already.</summary>
    public Incident? With(IncidentAttempt happened) =>
        Array.Exists(Attempts, attempt => attempt.MessageId == happened.MessageId) ? null : Noted(happened);

    /// <summary>Somebody knows: what has not been tried is not needed any more.</summary>
    public Incident Acknowledge(string by, string? note, DateTimeOffset now) =>
        NotNeeded(now).Close(IncidentStatus.Acknowledged, now) with
        {
            AcknowledgedBy = by,
            Note = note ?? Note,
        };

    public Incident Cancel(string by, DateTimeOffset now) =>
        NotNeeded(now).Close(IncidentStatus.Cancelled, now) with
        {
            Note = $"cancelled by {by}",
        };

    /// <summary>Somebody who was called says that nothing is the matter.</summary>
    private Incident CallOff(string by, DateTimeOffset now) =>
        NotNeeded(now).Close(IncidentStatus.Cancelled, now) with
        {
            Note = $"a false alarm, says {by}",
        };

    /// <summary>It was open in a backup that is restored: what became of it nobody here knows.</summary>
    public Incident Interrupt(DateTimeOffset now) =>
        (IsRunning ? Close(IncidentStatus.Failed, now) : this) with
        {
            Note = IsRunning ? "open when the backup was made; closed by the restore" : Note,
            DueAt = null,
        };

    public Incident Expire(DateTimeOffset now) =>
        Close(IncidentStatus.Failed, now) with
        {
            Note = "nobody was reached in time",
        };

    public IncidentRecord ToRecord() =>
        new(
            IncidentId,
            RuleId,
            EventId,
            DeviceId,
            Msisdn,
            Status,
            Attempts,
            AcknowledgedBy,
            OpenedAt,
            ClosedAt,
            EventType,
            TraceId,
            Note,
            Joined,
            IsTest,
            1 + (Joined?.Length ?? 0) + Folded,
            Rooms
        );

    private string[]? Rooms
    {
        get
        {
            string[] rooms =
            [
                .. new[] { Facts.Room }
                    .Concat((Joined ?? []).Select(joined => joined.Room))
                    .OfType<string>()
                    .Distinct(StringComparer.OrdinalIgnoreCase),
            ];
            return rooms.Length > 0 ? rooms : null;
        }
    }

    /// <summary>Legs that have been ordered and are not known to be over.</summary>
    [JsonIgnore]
    public IEnumerable<CallId> LivingLegs =>
        Dials
            .Where(dial => dial is { Stage: DialStage.Ordered or DialStage.Answered, CallId: not null })
            .Select(dial => dial.CallId!.Value);

    /// <summary>Postings whose outcome is not known yet.</summary>
    [JsonIgnore]
    public IEnumerable<Guid> LivingPostings =>
        Dials
            .Where(dial => dial is { Stage: DialStage.Ordered, PostingId: not null })
            .Select(dial => dial.PostingId!.Value);

    /// <summary>Whether nothing has changed but when to look again.</summary>
    public bool SameButForTime(Incident other) => this with { DueAt = other.DueAt } == other;

    /// <summary>It is closed, and legs of it may still ring or wait for room.</summary>
    public bool HasLegsToEnd => !IsRunning && DueAt is not null;

    private Incident Close(IncidentStatus status, DateTimeOffset now) =>
        this with
        {
            Status = status,
            ClosedAt = now,
            // As long as a leg may go on, somebody has to see to it that it ends.
            DueAt = LivingLegs.Any() ? now : null,
        };

    private Incident Replace(int index, Dial dial)
    {
        var dials = (Dial[])Dials.Clone();
        dials[index] = dial;
        return this with { Dials = dials };
    }

    private Incident Noted(IncidentAttempt attempt) => this with { Attempts = [.. Attempts, attempt] };
}
