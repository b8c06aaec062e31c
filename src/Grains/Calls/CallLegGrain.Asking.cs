using Microsoft.Extensions.Logging;

namespace IotOrleans.Calls;

/// <summary>What is asked when nobody was listening: the switch for a leg, the disk for whoever wanted it.</summary>
internal sealed partial class CallLegGrain
{
    private static readonly TimeSpan SilenceMax = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ElsewhereMax = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan OnItsWay = TimeSpan.FromMilliseconds(250);

    // When the switch was first asked in vain.
    private long? _silentSince;

    // When the switch first said that the channel is gone.
    private long? _goneSince;

    // Since when it rings, or talks, as far as it is known here.
    private (LegTrace State, long At) _stateSince;

    /// <summary>The order may have been given: the switch knows, or nobody does.</summary>
    private async Task AskSwitch()
    {
        var trace = await AskWhereItIs();
        var leg = _leg!;
        if (trace != LegTrace.Unreachable)
            _silentSince = null;
        if (trace is LegTrace.Gone or LegTrace.NotLiving && MayBeOvertaken())
            return;
        if (trace is LegTrace.Ringing or LegTrace.Talking && leg.ParentId is not null && !await IsWanted(leg))
        {
            await EndNow();
            return;
        }
        switch (trace)
        {
            case LegTrace.Talking:
                if (leg.Phase != CallPhase.Answered)
                    await Became(leg.AnsweredNow(Now));
                else if (leg.Order!.Message is not null && LastsFor(LegTrace.Talking) >= CallLeg.MessageMax)
                    await EndNow();
                else
                    await StillTalking(leg);
                break;
            case LegTrace.Ringing when LastsFor(LegTrace.Ringing) > CallLeg.RingMax(leg.Order!):
                await EndNow();
                break;
            case LegTrace.Ringing:
                await LookAgain(leg.OrderedNow(Now), CallLeg.Grace);
                break;
            case LegTrace.NeverOrdered:
                _leg = leg with { Order = leg.Order! with { OrderedAt = null } };
                await TryOrder();
                break;
            case LegTrace.Unreachable when !IsGivenUp(leg):
                await LookAgain(leg, TryAgain);
                break;
            default:
                await EndUnheard();
                break;
        }
    }

    private async Task WakeInbound()
    {
        var leg = _leg!;
        var ring = leg.Ring!;
        var trace = await Switch.Ask(Id, MadeAt);
        if (trace is LegTrace.Gone or LegTrace.NotLiving or LegTrace.NeverOrdered)
        {
            if (MayBeOvertaken())
                return;
            await EndUnheard();
        }
        else if (ring.Winner is null && !ring.IsExhausted)
        {
            if (Now >= ring.StepEndsAt)
                await NextStep(HangupCauses.NoAnswer);
            else
                await BeginStep([.. PhonesOf(leg)]);
        }
        else if (ring.Winner is null)
            await OnLine(line => line.HangUp(Id, HangupCauses.NoAnswer));
        else if (trace == LegTrace.Unreachable)
            await LookAgain(leg, TryAgain);
        else
        {
            if (trace == LegTrace.Talking && leg.Phase != CallPhase.Answered)
                await Became(leg.AnsweredNow(Now));
            if (await AnsweredMeanwhile(ring) is { } phone)
                await TakeOver(_leg!, ring, phone);
            if (!_leg!.Ring!.IsParted || await Join())
                await LookAgain(_leg!, CallLeg.AskAgain);
        }
    }

    /// <summary>The channel is gone, its end was not heard: the switch's own record tells it, or nobody does.</summary>
    private async Task EndUnheard()
    {
        var told = await switchCdrs.Find(Id);
        if (told is null)
            LogLost(Id);
        await Became(told is null ? _leg!.End(HangupCauses.Lost, Now) : _leg!.EndedAs(told));
    }

    /// <summary>
    /// A new alarm is ordered before the disk knows of which switch: then all are asked, and the one that knows it is
    /// its own. Nobody has ordered it only if all of them say so.
    /// </summary>
    private async Task<LegTrace> AskWhereItIs()
    {
        var leg = _leg!;
        if (leg.Switch.Length > 0)
            return await Switch.Ask(Id, MadeAt);
        var least = LegTrace.NeverOrdered;
        foreach (var one in switches.All)
        {
            var trace = await one.Ask(Id, MadeAt);
            if (trace is LegTrace.Ringing or LegTrace.Talking or LegTrace.Gone)
            {
                _leg = leg with { Switch = one.Name };
                return trace;
            }
            if (trace == LegTrace.Unreachable || least == LegTrace.NeverOrdered)
                least = trace;
        }
        return least;
    }

    /// <summary>
    /// What the switch told of its end may be on its way here, and overtaken by the answer: a moment later it is asked
    /// again, and then nobody knows.
    /// </summary>
    private bool MayBeOvertaken()
    {
        _goneSince ??= clock.GetTimestamp();
        var left = OnItsWay - clock.GetElapsedTime(_goneSince.Value);
        if (left <= TimeSpan.Zero)
            return false;
        _alarm = Alarm.Set(this, _alarm, left, Wake);
        return true;
    }

    /// <summary>
    /// The clock on the wall may have been set: nobody is given up who was not asked for a while. An alarm that may be
    /// at a switch that is silent is not kept waiting when another one could take it.
    /// </summary>
    private bool IsGivenUp(CallLeg leg)
    {
        _silentSince ??= clock.GetTimestamp();
        var silence = clock.GetElapsedTime(_silentSince.Value);
        return leg.Switch.Length == 0 && switches.Choose().IsUp
            ? silence >= ElsewhereMax
            : Age >= CallLeg.OrderLife && silence >= SilenceMax;
    }

    /// <summary>By a clock that nobody sets: nobody who rings or listens is cut short by one on the wall.</summary>
    private TimeSpan LastsFor(LegTrace state)
    {
        if (_stateSince.At == 0 || _stateSince.State != state)
            _stateSince = (state, clock.GetTimestamp());
        return clock.GetElapsedTime(_stateSince.At);
    }

    private async Task StillTalking(CallLeg leg)
    {
        var left = CallLeg.MessageMax - LastsFor(LegTrace.Talking);
        await LookAgain(leg, leg.Order!.Message is null ? CallLeg.AskAgain : left);
        // It may have been written down by a process that died before it told anybody.
        if (!_hasToldOfAnswer)
            await TellOfAnswer();
        // Whoever picked up while nobody was listening here has heard nothing yet.
        if (_playback is null && leg is { IsDecided: false, Order.Message: { } message })
            await Say(message);
    }

    private async Task EndNow()
    {
        await OnLine(line => line.HangUp(Id, HangupCauses.AllottedTimeout));
        await LookAgain(_leg!, CallLeg.Grace);
    }

    /// <summary>
    /// Whoever ordered it may have ended, or gone on, and its silo or the line died before this leg heard of it. What
    /// was begun just now is wanted; everybody else looks at the disk.
    /// </summary>
    private async ValueTask<bool> IsWanted(CallLeg leg)
    {
        if (IsNew)
            return true;
        try
        {
            if (leg.ParentId is { } parent)
                return await journal.ReadLeg(parent) is not { } caller || (!caller.IsOver && caller.Ring!.Wants(Id));
            return leg.IncidentId is not { } incident
                || await journal.ReadIncident(incident) is not { IsRunning: false };
        }
        catch (Events.JournalUnavailableException) when (leg.IsLifeSafety)
        {
            // An alarm does not wait for the database.
            return true;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Leg {Leg} is gone and nobody knows how it ended")]
    private partial void LogLost(CallId leg);
}
