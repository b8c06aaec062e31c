using IotOrleans.Devices;
using IotOrleans.Subscribers;

namespace IotOrleans.Calls;

/// <summary>How far the plan of a call has come: which step rings, and who in it still can answer.</summary>
/// <param name="Step">Index into the plan; past its end when everybody was tried.</param>
/// <param name="StepEndsAt">When the step gives way to the next one.</param>
/// <param name="Legs">The legs that ring for this call in this step.</param>
/// <param name="Winner">Who answered first: a device, a dial string, a number, or "voicemail".</param>
/// <param name="Presented">Of a masked call: what its target is shown of the caller; null shows nothing.</param>
/// <param name="Handing">The latest time that somebody handed the call on.</param>
/// <param name="Visit">Set when the caller is a device that we called, such as a doorphone.</param>
/// <param name="IsParted">The winner is known, and the switch has not taken the words that join the two.</param>
[GenerateSerializer, Immutable, Alias("iot.inbound-ring")]
public sealed record InboundRing(
    Msisdn Number,
    CallPlan Plan,
    int Step,
    DateTimeOffset StepEndsAt,
    DeviceId[] Speakers,
    RingingLeg[] Legs,
    DeviceId[] Told,
    string? Winner = null,
    CallId? Bridged = null,
    Visit? Visit = null,
    Handing? Handing = null,
    bool IsMasked = false,
    Msisdn? Presented = null,
    bool IsParted = false
)
{
    /// <summary>The winner when nobody answered and a recorder takes the call.</summary>
    public const string Recorder = "voicemail";

    /// <summary>Nobody rings yet: the door has to pick up first.</summary>
    public static InboundRing Before(VisitOrder visit, DateTimeOffset now) =>
        new(visit.Number, visit.Plan, -1, now, [], [], [], Visit: visit.Visit);

    public static InboundRing Begin(Msisdn number, CallPlan plan, DateTimeOffset now) =>
        new InboundRing(number, plan, -1, now, [], [], []).Next(now);

    public bool IsExhausted => Step >= Plan.Steps.Length;

    public bool IsRecorded => Winner == Recorder;

    public bool IsConference => Visit is { Conference: true };

    public RingStep Current => Plan.Steps[Step];

    /// <summary>Nobody is rung in this step: the caller leaves a message.</summary>
    public bool GoesToRecorder => Current.Targets.Any(target => target.Voicemail == true);

    /// <summary>Nobody is left who could answer in this step.</summary>
    public bool IsSilent => Speakers.Length == 0 && Legs.Length == 0;

    /// <summary>Whether a leg that rings for this call, or talks to it, is still needed.</summary>
    public bool Wants(CallId leg) =>
        Bridged == leg
        || Handing?.Leg == leg
        || Handing?.Left == leg
        || ((Winner is null || IsConference) && Array.Exists(Legs, other => other.CallId == leg));

    /// <summary>Who has won; what the switch is to be told of it is not told yet.</summary>
    public InboundRing WonBy(string winner) => this with { Winner = winner, IsParted = true };

    public InboundRing Next(DateTimeOffset now)
    {
        var step = Step + 1;
        if (step >= Plan.Steps.Length)
            return this with { Step = step, Speakers = [], Legs = [] };
        var targets = Plan.Steps[step].Targets;
        DeviceId[] speakers =
        [
            .. targets.Where(target => target.DeviceId is not null).Select(target => target.DeviceId!.Value),
        ];
        return this with
        {
            Step = step,
            StepEndsAt = now.AddSeconds(Plan.Steps[step].RingSeconds),
            Speakers = speakers,
            Told = [.. Told.Union(speakers)],
            Legs = [],
        };
    }

    public InboundRing Without(DeviceId speaker) =>
        this with
        {
            Speakers = [.. Speakers.Where(other => other != speaker)],
        };

    public InboundRing Without(CallId leg) => this with { Legs = [.. Legs.Where(other => other.CallId != leg)] };

    public static CallId LegOf(CallId call, int step, string target) =>
        new(NamedId.Of("ring", call.ToString(), $"{step}", target));
}

/// <summary>A call on its way to another place while it is being talked.</summary>
/// <param name="Count">How many times it was handed on, so that the legs made for it have names of their own.</param>
/// <param name="Leg">The leg that rings for it; null for a speaker.</param>
/// <param name="Until">A speaker that has not answered by then rings no more.</param>
/// <param name="Left">
/// The leg that had the call before. It is let go when the caller is no longer joined to it: its end would be his.
/// </param>
[GenerateSerializer, Immutable, Alias("iot.handing")]
public sealed record Handing(int Count, CallId? Leg, DeviceId? Speaker, DateTimeOffset Until, CallId? Left = null)
{
    public const int CountMax = 20;
}

/// <summary>A leg that rings for an incoming call, and the target it was made for.</summary>
[GenerateSerializer, Immutable, Alias("iot.ringing-leg")]
public sealed record RingingLeg(CallId CallId, string Target);
