using IotOrleans.Events;
using IotOrleans.Journal;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Calls;

/// <summary>What every leg has in common; the two directions are in the files beside this one.</summary>
[Orleans.Placement.PreferLocalPlacement]
internal sealed partial class CallLegGrain(
    IJournal journal,
    ISwitches switches,
    ISwitchCdrs switchCdrs,
    Speakers.OutsideSpeakers outside,
    LegsHere here,
    CallFigures figures,
    TimeProvider clock,
    ILogger<CallLegGrain> log
) : Grain, ICallLegGrain, INewLeg
{
    private CallLeg? _leg;

    // Begun here, and not ordered since: whoever else takes it over asks the switch and marks what it orders.
    private bool _isNew;
    private Alarm? _alarm;

    // How old it was when that was first asked here, and when.
    private (TimeSpan Then, long At)? _age;

    private CallId Id => CallId.Parse(Keys.Name(this.GetPrimaryKeyString()), null);

    private DateTimeOffset Now => clock.GetUtcNow();

    // After the first look somebody else may have taken it over, and only the mark of an order keeps the other out.
    private bool IsNew => _isNew && Age < CallLeg.FirstLook;

    /// <summary>By the clock on the wall once, and since then by one that nobody sets.</summary>
    private TimeSpan Age
    {
        get
        {
            var (then, at) = _age ??= (Now - _leg!.StartedAt, clock.GetTimestamp());
            return then + clock.GetElapsedTime(at);
        }
    }

    /// <summary>When it was made, by the clock on the wall as that is set now.</summary>
    private DateTimeOffset MadeAt => Now - Age;

    private ISwitch Switch => switches.Named(_leg!.Switch);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        here.Add(Id, this);
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        here.Remove(Id, this);
        WaitsIn(DialLine.None);
        return Task.CompletedTask;
    }

    public Task Begin(CallLeg leg)
    {
        if (_leg is null)
            (_leg, _isNew) = (leg, true);
        return Wake();
    }

    public async Task Wake()
    {
        if (await Load() is not { } leg)
            return;
        if (leg.IsOver)
            await Report();
        else if (leg.Ring is not null && (leg.Order is null || leg.Phase == CallPhase.Answered))
            await WakeInbound();
        else if (leg.MayBeOrdered || (leg.IsLifeSafety && !_isNew))
            await AskSwitch();
        else
            await TryOrder();
    }

    public async Task Follow(SwitchEvent change)
    {
        if (await Load() is not { } leg)
            return;
        if (leg.IsOver)
        {
            // It was given up when nobody could ask, and lives after all: whoever picks up hears nobody.
            if (change.Kind == SwitchEventKind.Answered && leg.HangupCause == HangupCauses.Lost)
                await OnLine(line => line.HangUp(Id, HangupCauses.NormalClearing));
            return;
        }
        if (change.Kind == SwitchEventKind.PlaybackEnded)
            await AfterPlayback(change.Value, change.Trouble);
        else if (change is { Kind: SwitchEventKind.Dtmf, Value: { } key } && leg.ParentId is { } parent)
            await GrainFactory.CallLeg(parent).FollowKey(Id, key);
        else if (leg.After(change, Now) is { } next)
            await Became(next);
    }

    public async Task<Refusal> HangUp(string cause)
    {
        if (await Load() is not { } leg)
            return Refusal.NotFound;
        if (leg.IsOver)
            return Refusal.Ended;
        // Never ordered: nothing to end but the intent.
        if (!leg.MayBeOrdered && (!leg.IsLifeSafety || _isNew))
            await Became(leg.End(cause, Now));
        else
            await OnLine(line => line.HangUp(Id, cause));
        return Refusal.None;
    }

    public async Task<CallRecord?> Look() => (await Load())?.ToRecord();

    /// <summary>The leg has changed: first to the disk, then to whoever must know, then to the line.</summary>
    private async Task Became(CallLeg next)
    {
        var before = _leg!;
        await Save(next);
        if (next.IsOver)
        {
            await AfterEnd(before);
            return;
        }
        SetAlarm();
        if (next.Phase == CallPhase.Answered && before.Phase != CallPhase.Answered)
        {
            LastsFor(LegTrace.Talking);
            figures.Answered(next);
            if (next.Order is not null)
                await AfterAnswer();
        }
        else if (next.Order?.Pressed is { } key && key != before.Order?.Pressed)
            await AfterKey();
    }

    private async Task AfterEnd(CallLeg before)
    {
        var leg = _leg!;
        WaitsIn(DialLine.None);
        _alarm?.Clear();
        figures.Ended(leg);
        LogEnded(leg.CallId, leg.HangupCause!);
        // Who waits for it hears of it before the switch is told anything: the line may be down, or slow.
        if (leg.Ring is not null)
            await EndRinging(before);
        await Report();
        if (leg.Direction == CallDirection.Outbound)
        {
            await GrainFactory.MediaServer(Switch.Name).Release(Id);
            await OnLine(line => line.Forget(Id));
        }
        // While a message that it begins may still be under way, it remembers that it is over.
        if (Age > CallLeg.FirstLook)
            DeactivateOnIdle();
    }

    private async Task Report()
    {
        var report = _leg!.ToReport(Now);
        if (_leg.ParentId is { } parent)
            await GrainFactory.CallLeg(parent).FollowLeg(report);
        else if (_leg.IncidentId is { } incident)
            await GrainFactory.Incident(incident).Follow(report);
    }

    /// <summary>The line may be down just now: what was meant is found undone when the leg is looked at next.</summary>
    /// <returns>Whether the switch was told.</returns>
    private async Task<bool> OnLine(Func<ISwitch, Task> act)
    {
        try
        {
            await act(Switch);
            return true;
        }
        catch (SwitchUnreachableException trouble)
        {
            LogUnreachableSwitch(Id, trouble.Message);
            if (_leg is { IsOver: false })
                await LookAgain(_leg, TryAgain);
            return false;
        }
    }

    private void SetAlarm()
    {
        if (_leg is { IsOver: false, DueAt: { } due })
            _alarm = Alarm.Set(this, _alarm, due - Now, Wake);
    }

    private async ValueTask<CallLeg?> Load() => _leg ??= await journal.ReadLeg(Id);

    private async Task Save(CallLeg next, CallLeg[]? others = null)
    {
        next = next with { Version = (_leg?.Version ?? 0) + 1 };
        try
        {
            await journal.Write(new(Legs: [next, .. others ?? []], Cdr: next.IsOver ? next.ToCdr() : null));
        }
        catch (Exception trouble) when (trouble is JournalUnavailableException or StaleOwnerException)
        {
            // What is in memory may not be what is on disk: begin again from there.
            (_leg, _isNew) = (null, false);
            DeactivateOnIdle();
            // Somebody else has written, maybe one who has died since: what is on the disk now is gone on with.
            if (trouble is StaleOwnerException)
                _ = GrainFactory.CallLeg(Id).Wake();
            throw;
        }
        _leg = next;
    }

    [LoggerMessage(LogLevel.Warning, "Leg {Leg}: the switch cannot be told now: {Reason}")]
    private partial void LogUnreachableSwitch(CallId leg, string reason);

    [LoggerMessage(LogLevel.Information, "Leg {Leg} ended: {Cause}")]
    private partial void LogEnded(CallId leg, string cause);
}
