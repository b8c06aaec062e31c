using IotOrleans.Calls;
using IotOrleans.Events;
using IotOrleans.Journal;
using IotOrleans.Postings;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Incidents;

// Where the device is that opened it, and its legs with it: between silos each word costs ten times as much.
[Orleans.Placement.PreferLocalPlacement]
internal sealed partial class IncidentGrain(
    IJournal journal,
    IncidentActions actions,
    LegsHere legs,
    TimeProvider clock,
    ILogger<IncidentGrain> log
) : Grain, IIncidentGrain, INewIncident
{
    private static readonly TimeSpan EndAgain = TimeSpan.FromSeconds(5);

    private Incident? _incident;
    private Alarm? _alarm;

    private IncidentId Id => IncidentId.Parse(Keys.Name(this.GetPrimaryKeyString()), null);

    private DateTimeOffset Now => clock.GetUtcNow();

    public async Task Begin(Incident incident, CallLeg[] legs)
    {
        if (_incident is not null)
        {
            await Wake();
            return;
        }
        _incident = incident;
        foreach (var leg in legs)
            await GrainFactory.Begin(leg);
        await GoOn();
    }

    public async Task Wake()
    {
        if (await Load() is not { } incident)
            return;
        if (!incident.IsRunning)
        {
            await EndLegs();
            return;
        }
        if (Now >= incident.OpenedAt + Incident.LifeMax)
        {
            await Save(incident.Expire(Now), []);
            await EndLegs();
            return;
        }
        foreach (var leg in incident.LivingLegs)
            await GrainFactory.CallLeg(leg).Wake();
        foreach (var posting in incident.LivingPostings)
            await GrainFactory.Posting(posting).Wake();
        await GoOn();
    }

    public async Task Follow(LegReport report)
    {
        if (await Load() is not { } incident || incident.After(report) is not { } next)
            return;
        await Save(next, []);
        if (next.IsRunning)
            await GoOn();
        else
            await EndLegs();
    }

    public async Task FollowPosting(PostingReport report)
    {
        if (await Load() is not { } incident || incident.After(report) is not { } next)
            return;
        await Save(next, []);
        if (next.IsRunning)
            await GoOn();
    }

    public async Task Note(IncidentAttempt happened)
    {
        if (await Load() is { } incident && incident.With(happened) is { } next)
            await Save(next, []);
    }

    public async Task<Refusal> Join(JoinedEvent joined)
    {
        if (await Load() is not { } incident)
            return Refusal.NotFound;
        if (incident.With(joined) is not { } next)
            return Refusal.Ended;
        if (!ReferenceEquals(next, incident))
            await Save(next, []);
        // Confirmed: it goes on at once, but the device that waits for this answer does not wait for that.
        if (incident.HeldUntil is not null && next.HeldUntil is null)
            _alarm = Alarm.Set(this, _alarm, TimeSpan.Zero, Wake);
        return Refusal.None;
    }

    public async Task Heard(string by)
    {
        if (await Load() is { IsRunning: true, WantsAcknowledgement: true })
            await Acknowledge(by, null);
    }

    public async Task<IncidentRecord?> Look() => (await Load())?.ToRecord();

    public async Task<Refusal> Acknowledge(string by, string? note)
    {
        if (await Load() is not { } incident)
            return Refusal.NotFound;
        if (incident.Status == IncidentStatus.Acknowledged)
            return Refusal.AlreadyDone;
        if (!incident.IsRunning)
            return Refusal.Ended;
        await Save(incident.Acknowledge(by, note, Now), []);
        await EndLegs();
        return Refusal.None;
    }

    public async Task<Refusal> Cancel(string by)
    {
        if (await Load() is not { } incident)
            return Refusal.NotFound;
        if (incident.Status == IncidentStatus.Cancelled)
            return Refusal.AlreadyDone;
        if (!incident.IsRunning)
            return Refusal.Ended;
        await Save(incident.Cancel(by, Now), []);
        await EndLegs();
        return Refusal.None;
    }

    /// <summary>Does all that can be done now; what is left waits for a report or for its time.</summary>
    private async Task GoOn()
    {
        if (_incident is { IsRunning: true, HeldUntil: { } until } held && until > Now)
            await actions.Warn(held, until - Now);
        while (_incident is { IsRunning: true } incident)
        {
            var gate = await GrainFactory.GateFor(incident.Actions, legs.Line);
            var move = incident.Advance(Now, gate);
            // A later time alone is worth no commit: it is only looked at in vain once. An earlier one is.
            var isSooner = incident.DueAt <= Now || move.Incident.DueAt < incident.DueAt;
            if (isSooner || !move.Incident.SameButForTime(incident))
                await Save(move.Incident, move.Legs);
            foreach (var leg in move.Legs)
                await GrainFactory.Begin(leg);
            if (move.Action is not { } action)
                break;
            var attempts = await actions.Carry(move.Incident, action);
            await Save(_incident.Did(action, attempts, Now), []);
        }
        if (_incident is { IsRunning: true, DueAt: { } due })
            _alarm = Alarm.Set(this, _alarm, due - Now, Wake);
    }

    /// <summary>
    /// Whoever still rings need not answer any more; who has just pressed the key hears the thanks. Told again until
    /// all are over: the line may be down, or the silo die in between.
    /// </summary>
    private async Task EndLegs()
    {
        if (_incident is not { HasLegsToEnd: true } incident)
            return;
        var areOver = true;
        foreach (var leg in incident.LivingLegs)
            areOver &= await GrainFactory.CallLeg(leg).HangUp(HangupCauses.OriginatorCancel) != Refusal.None;
        await Save(incident with { DueAt = areOver ? null : Now + EndAgain }, []);
        if (!areOver)
            _alarm = Alarm.Set(this, _alarm, EndAgain, Wake);
    }

    private async ValueTask<Incident?> Load() => _incident ??= await journal.ReadIncident(Id);

    private async Task Save(Incident next, CallLeg[] legs)
    {
        var wasRunning = _incident!.IsRunning;
        next = next with { Version = _incident.Version + 1 };
        try
        {
            await journal.Write(new(Incidents: [next], Legs: legs));
        }
        catch (Exception trouble) when (trouble is JournalUnavailableException or StaleOwnerException)
        {
            // What is in memory may not be what is on disk: begin again from there.
            _incident = null;
            DeactivateOnIdle();
            throw;
        }
        _incident = next;
        if (next.Status == IncidentStatus.Failed && wasRunning)
            LogFailed(next.IncidentId, next.EventType, next.DeviceId);
    }

    [LoggerMessage(LogLevel.Error, "Incident {Incident} failed: nobody was reached about {EventType} of {Device}")]
    private partial void LogFailed(IncidentId incident, string eventType, Devices.DeviceId device);
}
