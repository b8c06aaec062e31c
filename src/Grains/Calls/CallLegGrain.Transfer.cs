using IotOrleans.Devices;
using IotOrleans.Journal;
using IotOrleans.Speakers;
using IotOrleans.Subscribers;

namespace IotOrleans.Calls;

/// <summary>Handing a call that is being talked on to another speaker or phone.</summary>
internal sealed partial class CallLegGrain
{
    private const int HandingSeconds = 25;
    private const string HandedOn = "BLIND_TRANSFER";

    public async Task<Refusal> Transfer(RingTarget target, DeviceId? by)
    {
        if (await Load() is not { Ring: { } ring } leg || (by is { } asker && !ring.Told.Contains(asker)))
            return Refusal.NotFound;
        if (leg.IsOver)
            return Refusal.Ended;
        if (ring.Winner is null || ring.IsConference || (by is not null && by != leg.AnsweredBy))
            return Refusal.NotAllowed;
        if (by is not null && !await GrainFactory.Subscriber(ring.Number).MayHandTo(target))
            return Refusal.NotAllowed;
        var count = (ring.Handing?.Count ?? 0) + 1;
        if (count > Handing.CountMax)
            return Refusal.LimitReached;
        var handing = new Handing(count, null, target.DeviceId, Now.AddSeconds(HandingSeconds));
        await (
            target.DeviceId is { } speaker ? HandTo(leg, ring, speaker, handing) : HandTo(leg, ring, target, handing)
        );
        return Refusal.None;
    }

    private async Task HandTo(CallLeg leg, InboundRing ring, DeviceId speaker, Handing handing)
    {
        var next = ring with { Told = [.. ring.Told.Union([speaker])], Speakers = [speaker], Handing = handing };
        await Save(leg with { Ring = next });
        var notice = NoticeOf(_leg!) with { RingSeconds = HandingSeconds, RingsUntil = handing.Until };
        _ = Tell(speaker, notice);
    }

    private async Task HandTo(CallLeg leg, InboundRing ring, RingTarget target, Handing handing)
    {
        var name = target.DialString ?? target.Msisdn!.Value.ToString();
        var phone = Phone(leg, $"{name} {handing.Count}", target.Msisdn, target.DialString, HandingSeconds);
        var next = ring with
        {
            Legs = [.. ring.Legs, new(phone.Leg.CallId, name)],
            Handing = handing with { Leg = phone.Leg.CallId },
        };
        await Save(leg with { Ring = next }, [phone.Leg]);
        await GrainFactory.Begin(phone.Leg);
    }

    /// <summary>The new place has the call before the old one is let go: a talk is never without anybody.</summary>
    private Task TakeOver(CallLeg leg, InboundRing ring, RingingLeg phone) =>
        TakeOver(
            leg,
            leg with
            {
                AnsweredBy = null,
                Ring = ring.WonBy(phone.Target) with { Bridged = phone.CallId, Handing = Done(ring) },
            }
        );

    private Task TakeOver(CallLeg leg, InboundRing ring, DeviceId speaker) =>
        TakeOver(
            leg,
            leg with
            {
                AnsweredBy = speaker,
                Ring = ring.WonBy(speaker.Value) with { Bridged = null, Speakers = [], Handing = Done(ring) },
            }
        );

    private async Task TakeOver(CallLeg before, CallLeg after)
    {
        await Save(after);
        var notice = new AnsweredNotice(Id, after.AnsweredBy);
        if (after.AnsweredBy is { } next)
            await Tell(next, notice);
        await Join();
        if (before.AnsweredBy is not { } former)
            return;
        await Tell(former, notice);
        await Tell(former, new EndedNotice(Id, HandedOn));
    }

    /// <summary>The phone that it is handed to, when it was answered and the word of that was lost.</summary>
    private async Task<RingingLeg?> AnsweredMeanwhile(InboundRing ring) =>
        ring.Handing?.Leg is { } phone && await IsTalking(phone)
            ? Array.Find(ring.Legs, other => other.CallId == phone)
            : null;

    /// <summary>Whoever had the call before, and is joined to the caller no more.</summary>
    private async Task LetGo()
    {
        if (_leg is not { Ring: { Handing: { Left: { } former } handing } ring } leg)
            return;
        // First to the disk: from then on the former leg is wanted by nobody, whoever dies meanwhile.
        await Save(leg with { Ring = ring with { Handing = handing with { Left = null } } });
        await GrainFactory.CallLeg(former).HangUp(HandedOn);
    }

    private static Handing Done(InboundRing ring) =>
        ring.Handing! with
        {
            Leg = null,
            Speaker = null,
            Left = ring.Bridged,
        };
}
