using IotOrleans.Devices;
using IotOrleans.Rules;
using IotOrleans.Speakers;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Calls;

/// <summary>A visitor at a door: the door is called first, then it rings at home as any caller does.</summary>
internal sealed partial class CallLegGrain
{
    private static readonly SpokenMessage NobodyAtHome = new("Nobody can answer just now.", Language: "en");

    // Who stands at the door, and who talks to them, wait for it.
    private static readonly TimeSpan DoorPatience = TimeSpan.FromSeconds(5);

    public async Task<Answer<CallRecord>> Visit(VisitOrder order)
    {
        if (await Load() is { } known)
            return new(Refusal.AlreadyDone, known.ToRecord());
        await Save(CallLeg.Visiting(Id, order, Now));
        await TryOrder();
        return _leg!.ToRecord();
    }

    public async Task FollowKey(CallId leg, string key)
    {
        if (await Load() is not { Phase: CallPhase.Answered, Ring: { Winner: not null, Visit: { } visit } ring })
            return;
        if (key == visit.OpenKey && Array.Find(ring.Legs, other => other.CallId == leg) is { } talking)
            await Open(ring, talking.Target);
    }

    public async Task<Refusal> OpenDoor(DeviceId speaker)
    {
        if (await Load() is not { Ring: { Visit: not null } ring } leg || !ring.Told.Contains(speaker))
            return Refusal.NotFound;
        if (leg.IsOver)
            return Refusal.Ended;
        if (leg.AnsweredBy != speaker)
            return ring.Winner is null ? Refusal.NotAllowed : Refusal.AnsweredElsewhere;
        return await Open(ring, speaker.Value);
    }

    /// <summary>Each opening has a name of its own, recorded before the door is told: it opens at most once.</summary>
    private async Task<Refusal> Open(InboundRing ring, string by)
    {
        if (ring.Visit!.Openings >= Calls.Visit.OpeningsMax)
            return Refusal.LimitReached;
        var count = ring.Visit.Openings + 1;
        await Save(_leg! with { Ring = ring with { Visit = ring.Visit with { Openings = count } } });
        var id = NamedId.Of("open", Id.ToString(), $"{count}").ToString("D");
        var door = _leg.DeviceId!.Value;
        var command = new CommandNotice(id, "open_door", null);
        var taken =
            await GrainFactory.Speaker(door).Command(command, _leg.IncidentId)
            || await outside.TellNow(door, command, DoorPatience) is { Delivered: true };
        LogOpened(door, by, Id, taken);
        if (_leg.IncidentId is { } incident)
        {
            var outcome = taken ? "delivered" : "not_delivered";
            await GrainFactory.Incident(incident).Note(new("open_door", door.Value, outcome, Now, Id, id, $"by {by}"));
        }
        return taken ? Refusal.None : Refusal.NotFound;
    }

    private async Task JoinConference(CallLeg leg, InboundRing ring, RingingLeg phone)
    {
        if (ring.Winner is null)
        {
            await Won(leg with { Ring = ring.WonBy(phone.Target) });
            await TellOthers(ring, new Speakers.AnsweredNotice(Id, null));
            await Join();
        }
        else
            await EnterLater(leg, phone.CallId);
    }

    /// <summary>The last one out ends it.</summary>
    private async Task LeaveConference(CallLeg leg, CallId gone)
    {
        var ring = leg.Ring!.Without(gone);
        await Save(leg with { Ring = ring });
        if (ring.Legs.Length == 0)
            await HangUp(HangupCauses.NormalClearing);
    }

    [LoggerMessage(LogLevel.Information, "Door {Door} is opened by {By} in call {Call}: told {Told}")]
    private partial void LogOpened(DeviceId door, string by, CallId call, bool told);
}
