using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Incidents;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Calls;

/// <summary>
/// One side of one call. All changes are pure and total; null means "late or repeated". What the switch tells comes in
/// any order and any number of times, so the state is a join of facts and never goes back.
/// </summary>
[GenerateSerializer, Immutable, Alias("iot.call-leg")]
public sealed partial record CallLeg(
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
    string? CallerName,
    DeviceId? AnsweredBy,
    CallId? ParentId,
    string? EventId,
    string Switch,
    OutboundOrder? Order,
    InboundRing? Ring,
    int Version,
    DateTimeOffset? DueAt
)
{
    /// <summary>An order older than this is worth nothing any more.</summary>
    public static readonly TimeSpan OrderLife = TimeSpan.FromMinutes(15);

    /// <summary>What the switch's own ring limit is given before we doubt it.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    /// <summary>An order that nobody has given by then was lost with its silo.</summary>
    public static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(3);

    /// <summary>A leg in line is asked after this often; its turn is told to it anyway.</summary>
    public static readonly TimeSpan QueueCheck = TimeSpan.FromSeconds(60);

    /// <summary>How long a spoken message may hold a line.</summary>
    public static readonly TimeSpan MessageMax = TimeSpan.FromMinutes(2);

    /// <summary>A door picks up by itself; one that takes this long is not there.</summary>
    private const int DoorRingSeconds = 15;

    /// <summary>The longest talk; afterwards the switch is asked whether it still goes on.</summary>
    public static readonly TimeSpan AskAgain = TimeSpan.FromMinutes(5);

    /// <summary>The switch itself ends it sooner; this is for one that has forgotten to.</summary>
    public static TimeSpan RingMax(OutboundOrder order) => TimeSpan.FromSeconds(order.RingSeconds) + (3 * Grace);

    public bool IsOver => Phase == CallPhase.Ended;

    public bool IsAcknowledged => Order is { NeedsKey: true, Pressed: CallKeys.Acknowledge };

    /// <summary>Whoever picked up has said what is to be done, and need not hear the message again.</summary>
    public bool IsDecided => Order is { NeedsKey: true } && CallKeys.Decides(Order.Pressed);

    public bool IsLifeSafety => Order is { LifeSafety: true };

    /// <summary>Whether bytes of the order may have reached the switch.</summary>
    public bool MayBeOrdered => Order is null or { OrderedAt: not null };

    public static CallId IdOf(IncidentId incident, int step, Msisdn target, int attempt) =>
        new(NamedId.Of("leg", incident.ToString(), $"{step}", target.Digits, $"{attempt}"));

    /// <summary>The leg of one attempt of an incident.</summary>
    /// <param name="waits">
    /// There is a line, and it goes to its end: to look whether its order was given makes no sense so soon.
    /// </param>
    public static CallLeg Ordered(
        Incident incident,
        Dial dial,
        int attempt,
        CallAction call,
        DateTimeOffset now,
        bool waits
    )
    {
        var message = call.Message is { Text: { } text }
            ? call.Message with
            {
                Text = Wording.Fill(text, incident.Facts),
            }
            : call.Message ?? Wording.Default(incident.Facts, call.NeedsKey);
        var order = new OutboundOrder(
            dial.Target,
            null,
            message,
            call.NeedsKey,
            call.RingSeconds,
            incident.IsLifeSafety,
            Priority: incident.Priority
        );
        return New(IdOf(incident.IncidentId, dial.Step, dial.Target!.Value, attempt), order, incident.TraceId, now) with
        {
            IncidentId = incident.IncidentId,
            DeviceId = incident.DeviceId,
            EventId = incident.EventId,
            DueAt = now + (waits ? QueueCheck : FirstLook),
        };
    }

    /// <summary>A leg that a person, or another leg, orders.</summary>
    public static CallLeg New(CallId id, OutboundOrder order, string traceId, DateTimeOffset now) =>
        new(
            id,
            CallDirection.Outbound,
            order.CallerNumber ?? "",
            order.Number?.ToString() ?? order.DialString!,
            CallPhase.Originating,
            null,
            null,
            null,
            now,
            null,
            null,
            traceId,
            order.CallerName,
            null,
            null,
            null,
            "",
            order,
            null,
            Version: 1,
            DueAt: now + FirstLook
        );

    public static CallLeg Arrived(IncomingCall call, CallPlan plan, DateTimeOffset now) =>
        new(
            call.CallId,
            CallDirection.Inbound,
            call.From,
            call.To.ToString(),
            CallPhase.Ringing,
            null,
            null,
            null,
            now,
            null,
            null,
            call.TraceId,
            plan.CallerName ?? call.FromName,
            null,
            null,
            null,
            call.Switch,
            null,
            InboundRing.Begin(call.To, plan, now) with
            {
                IsMasked = call.Masked is not null,
                Presented = call.Masked?.Presented,
            },
            Version: 1,
            DueAt: now
        );

    /// <summary>The leg to a device where a visitor stands; people ring when it has picked up.</summary>
    public static CallLeg Visiting(CallId id, VisitOrder visit, DateTimeOffset now)
    {
        var order = new OutboundOrder(null, visit.Address, null, false, DoorRingSeconds, false);
        return New(id, order, visit.TraceId, now) with
        {
            CallerName = visit.Title,
            DeviceId = visit.Device,
            IncidentId = visit.IncidentId,
            EventId = visit.EventId,
            Ring = InboundRing.Before(visit, now),
        };
    }

    public CallLeg? After(SwitchEvent change, DateTimeOffset now) =>
        (Phase, change.Kind) switch
        {
            (CallPhase.Ended, _) => null,
            (_, SwitchEventKind.HungUp) => End(change.Value ?? HangupCauses.Lost, now),
            (CallPhase.Originating, SwitchEventKind.Ringing) => Known(now) with { Phase = CallPhase.Ringing },
            (CallPhase.Originating or CallPhase.Ringing, SwitchEventKind.Answered) => AnsweredNow(now),
            (CallPhase.Answered, SwitchEventKind.Dtmf) when Order is { NeedsKey: true } order && Counts(change.Value) =>
                this with
                {
                    Order = order with { Pressed = change.Value },
                },
            _ => null,
        };

    // Of the keys that mean nothing the first is kept, for whoever reads why nobody acknowledged. Who asked for the
    // next one may still change his mind.
    private bool Counts(string? digit) =>
        digit switch
        {
            CallKeys.Acknowledge or CallKeys.FalseAlarm => Order!.Pressed
                is not (CallKeys.Acknowledge or CallKeys.FalseAlarm),
            CallKeys.Next => !IsDecided,
            _ => digit is not null && Order!.Pressed is null,
        };

    /// <summary>
    /// The order is about to be given, or was taken: from now on the switch is asked before it is repeated.
    /// </summary>
    public CallLeg OrderedNow(DateTimeOffset now) => Known(now);

    /// <summary>The file of its message cannot be played: a text is spoken instead, for silence warns nobody.</summary>
    public CallLeg Unheard(string trouble) =>
        this with
        {
            Order = Order! with
            {
                Message = CallKeys.InPlaceOf(Order.Message, Order.NeedsKey),
                Trouble = $"{Order.Message?.File}: {trouble.ToLowerInvariant()}",
                Plays = 0,
            },
        };

    public CallLeg End(string cause, DateTimeOffset now) =>
        this with
        {
            Phase = CallPhase.Ended,
            HangupCause = cause,
            EndedAt = now,
            DueAt = null,
        };

    /// <summary>It ended unheard, and the switch's own record says how.</summary>
    public CallLeg EndedAs(SwitchCdr told) =>
        End(told.HangupCause, told.EndedAt) with
        {
            AnsweredAt = AnsweredAt ?? told.AnsweredAt,
        };

    public CallLeg AnsweredNow(DateTimeOffset now) =>
        Known(now) with
        {
            Phase = CallPhase.Answered,
            AnsweredAt = now,
            DueAt = now + (Order is { Message: not null } ? MessageMax : AskAgain),
        };

    private CallLeg Known(DateTimeOffset now) =>
        Order is { OrderedAt: null } order
            ? this with
            {
                Order = order with { OrderedAt = now },
                DueAt = now.AddSeconds(order.RingSeconds) + Grace,
            }
            : this;
}

/// <summary>What an outbound leg is for.</summary>
/// <param name="Number">Through the carrier; null when there is a dial string.</param>
/// <param name="NeedsKey">The callee is asked to press 1.</param>
/// <param name="OrderedAt">Set before the order is given (life-safety: when it was taken).</param>
/// <param name="Pressed">The digit that counts: the acknowledging one, or the first of the others.</param>
/// <param name="Plays">How often the message has been started.</param>
/// <param name="Priority">Of the rule: who is dialled first when not all can be.</param>
/// <param name="Trouble">Why its own message could not be heard.</param>
[GenerateSerializer, Immutable, Alias("iot.outbound-order")]
public sealed record OutboundOrder(
    Msisdn? Number,
    string? DialString,
    SpokenMessage? Message,
    bool NeedsKey,
    int RingSeconds,
    bool LifeSafety,
    DateTimeOffset? OrderedAt = null,
    string? Pressed = null,
    int Plays = 0,
    string? CallerNumber = null,
    string? CallerName = null,
    int Priority = 0,
    string? Trouble = null
)
{
    /// <summary>A message that asks for a key is said this often before the line is given up.</summary>
    public const int PlaysMax = 3;
}
