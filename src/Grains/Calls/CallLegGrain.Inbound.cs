using System.Text.Json.Nodes;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Incidents;
using IotOrleans.Journal;
using IotOrleans.Json;
using IotOrleans.Speakers;
using IotOrleans.Subscribers;

namespace IotOrleans.Calls;

internal sealed partial class CallLegGrain
{
    private const int MaskedRingSeconds = 60;

    public async Task<bool> Arrive(IncomingCall call)
    {
        // Both are read at once: the caller hears nothing until then.
        var planning = PlanOf(call);
        if (await Load() is not null)
            return true;
        if (await planning is not { } plan)
            return false;
        var leg = CallLeg.Arrived(call, plan, Now);
        if (plan.Refusal is { } cause)
        {
            await Save(leg with { DueAt = Now + CallLeg.Grace });
            SetAlarm();
            figures.Arrived();
            await OnLine(line => line.HangUp(Id, cause));
            return true;
        }
        var phones = PhonesOf(leg);
        await Save(
            leg with
            {
                DueAt = leg.Ring!.StepEndsAt,
                Ring = leg.Ring with { Legs = Names(phones) },
            },
            [.. phones.Select(phone => phone.Leg)]
        );
        figures.Arrived();
        // Who is to pick up hears of it before the caller does: telling the switch is a round trip.
        var goesToRecorder = leg.Ring.GoesToRecorder;
        if (!goesToRecorder)
            await BeginStep(phones);
        await OnLine(line => line.Ring(Id));
        if (goesToRecorder)
            await BeginStep(phones);
        if (call.Masked is null)
            await Raise(call);
        return true;
    }

    /// <summary>A call is an event as well: a rule may light a lamp.</summary>
    private Task Raise(IncomingCall call)
    {
        var line = DeviceId.LineOf(call.To);
        var payload = new JsonObject
        {
            ["call_id"] = Id.ToString(),
            ["caller"] = call.From.Length > 0 ? call.From : null,
            ["caller_name"] = call.FromName,
        };
        return GrainFactory
            .Device(line)
            .Raise(
                new(
                    $"call:{Id}",
                    line,
                    EventTypes.IncomingCall,
                    Now,
                    Now,
                    new(payload.ToJsonString(ContractJson.Options)),
                    call.TraceId
                )
            );
    }

    private async Task<CallPlan?> PlanOf(IncomingCall call) =>
        call.Masked switch
        {
            null => await GrainFactory.Subscriber(call.To).PlanCall(call.From),
            { Real: { } real } => new([new([new(Msisdn: real)], MaskedRingSeconds)]),
            _ => new([], Refusal: HangupCauses.Rejected),
        };

    public async Task<Refusal> Answer(DeviceId speaker)
    {
        if (await Load() is not { Ring: { } ring } leg || !ring.Told.Contains(speaker))
            return Refusal.NotFound;
        if (leg.AnsweredBy == speaker && !leg.IsOver)
            return Refusal.AlreadyDone;
        if (ring.Handing?.Speaker == speaker && !leg.IsOver)
        {
            if (Now > ring.Handing.Until)
                return Refusal.Ended;
            await TakeOver(leg, ring, speaker);
            return Refusal.None;
        }
        if (ring.Winner is not null)
            return leg.IsOver ? Refusal.Ended : Refusal.AnsweredElsewhere;
        if (leg.IsOver || !ring.Speakers.Contains(speaker))
            return Refusal.Ended;

        // Durable before it is told: after a crash there must not be a second winner.
        await Won(leg with { AnsweredBy = speaker, Ring = ring.WonBy(speaker.Value) with { Speakers = [] } });
        await TellOthers(ring, new AnsweredNotice(Id, speaker));
        if (!ring.IsConference)
            await EndPhones(ring, except: null);
        await Join();
        return Refusal.None;
    }

    public async Task<Refusal> Reject(DeviceId speaker)
    {
        if (await Load() is not { Ring: { } ring } leg || !ring.Told.Contains(speaker))
            return Refusal.NotFound;
        if (leg.IsOver || ring.Winner is not null)
            return Refusal.Ended;
        if (!ring.Speakers.Contains(speaker))
            return Refusal.AlreadyDone;
        await Tell(speaker, new EndedNotice(Id, "CALL_REJECTED"));
        await Save(leg with { Ring = ring.Without(speaker) });
        if (_leg!.Ring!.IsSilent)
            await NextStep("CALL_REJECTED");
        return Refusal.None;
    }

    public async Task<Refusal> Ringing(DeviceId speaker) =>
        await Load() is { Ring: { } ring } leg && ring.Told.Contains(speaker)
            ? leg.IsOver
                ? Refusal.Ended
                : Refusal.None
            : Refusal.NotFound;

    public async Task<Refusal> HangUpBy(DeviceId speaker)
    {
        if (await Load() is not { Ring: { } ring } leg || !ring.Told.Contains(speaker))
            return Refusal.NotFound;
        if (leg.IsOver)
            return Refusal.Ended;
        if (leg.AnsweredBy != speaker)
            return ring.Winner is null ? await Reject(speaker) : Refusal.AnsweredElsewhere;
        return await HangUp(HangupCauses.NormalClearing);
    }

    public async Task FollowLeg(LegReport report)
    {
        if (await Load() is not { Ring: { } ring } leg)
            return;
        if (report.Cause is null && (leg.IsOver || !ring.Wants(report.CallId)))
        {
            // It was told to end when the line was down.
            await GrainFactory.CallLeg(report.CallId).HangUp(HangupCauses.LoseRace);
            return;
        }
        if (leg.IsOver)
            return;
        var phone = Array.Find(ring.Legs, other => other.CallId == report.CallId);
        if (report is { Answered: true, Cause: null } && phone is not null)
            await PhoneAnswered(leg, ring, phone);
        else if (report.Cause is not null && ring.IsConference && ring.Winner is not null)
            await LeaveConference(leg, report.CallId);
        else if (report.Cause is not null && ring.Bridged == report.CallId)
            await HangUp(HangupCauses.NormalClearing);
        else if (report.Cause is not null && phone is not null && ring.Winner is null)
        {
            await Save(leg with { Ring = ring.Without(report.CallId) });
            if (_leg!.Ring!.IsSilent)
                await NextStep(report.Cause ?? HangupCauses.NoAnswer);
        }
    }

    private async Task Won(CallLeg leg)
    {
        await Save(leg with { DueAt = Now + CallLeg.AskAgain });
        SetAlarm();
        if (leg.Ring!.Visit is not null)
            await Report();
    }

    private async Task PhoneAnswered(CallLeg leg, InboundRing ring, RingingLeg phone)
    {
        if (ring.IsConference)
        {
            await JoinConference(leg, ring, phone);
            return;
        }
        if (ring.Bridged == phone.CallId)
        {
            if (ring.IsParted)
                await Join();
            return;
        }
        if (ring.Handing?.Leg == phone.CallId)
        {
            await TakeOver(leg, ring, phone);
            return;
        }
        if (ring.Winner is not null)
        {
            await GrainFactory.CallLeg(phone.CallId).HangUp(HangupCauses.LoseRace);
            return;
        }
        await Won(leg with { Ring = ring.WonBy(phone.Target) with { Bridged = phone.CallId, Speakers = [] } });
        await TellOthers(ring, new AnsweredNotice(Id, null));
        await EndPhones(ring, phone.CallId);
        await Join();
    }

    private async Task BeginStep((CallLeg Leg, string Target)[] phones)
    {
        SetAlarm();
        var leg = _leg!;
        if (leg.Ring!.GoesToRecorder)
        {
            await Save(leg with { Ring = leg.Ring.WonBy(InboundRing.Recorder), DueAt = Now + CallLeg.AskAgain });
            await Join();
            return;
        }
        foreach (var phone in phones)
            await GrainFactory.Begin(phone.Leg);
        var notice = NoticeOf(leg);
        foreach (var speaker in leg.Ring.Speakers)
            _ = Tell(speaker, notice);
    }

    /// <summary>Everybody in this step was tried: the next ones, or nobody is left and the caller hears it.</summary>
    private async Task NextStep(string cause)
    {
        var leg = _leg!;
        foreach (var speaker in leg.Ring!.Speakers)
            _ = Tell(speaker, new EndedNotice(Id, HangupCauses.NoAnswer));
        await EndPhones(leg.Ring, except: null);
        var ring = leg.Ring.Next(Now);
        if (ring.IsExhausted)
        {
            await Save(leg with { Ring = ring, DueAt = Now + CallLeg.Grace });
            SetAlarm();
            if (leg.Order is null)
                await OnLine(line => line.HangUp(Id, cause));
            else
                await Say(NobodyAtHome);
            return;
        }
        var next = leg with { Ring = ring, DueAt = ring.StepEndsAt };
        var phones = PhonesOf(next);
        await Save(next with { Ring = ring with { Legs = Names(phones) } }, [.. phones.Select(phone => phone.Leg)]);
        await BeginStep(phones);
    }
}
