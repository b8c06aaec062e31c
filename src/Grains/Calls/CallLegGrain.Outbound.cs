using IotOrleans.Rules;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Calls;

internal sealed partial class CallLegGrain
{
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TryOther = TimeSpan.FromMilliseconds(100);

    // The switch that was asked for room and has not been given the order.
    private string? _inLineAt;

    // Where it waits for room.
    private DialLine _line;

    // Whoever waits for the answer has heard of it from this process.
    private bool _hasToldOfAnswer;

    // The message that plays now; ends of earlier ones concern nobody.
    private Guid? _playback;

    public async Task<Answer<CallRecord>> Dial(CallOrder order)
    {
        if (await Load() is { } known)
            return new(Refusal.AlreadyDone, known.ToRecord());
        if ((await GrainFactory.GateFor([order.To])).Refuses(order.To) is { } reason)
            return new(Refusal.NotAllowed, null, reason);
        var outbound = new OutboundOrder(
            order.To,
            null,
            order.Message,
            false,
            order.RingSeconds,
            false,
            CallerNumber: order.From
        );
        await Save(CallLeg.New(Id, outbound, order.TraceId, Now));
        await TryOrder();
        return _leg!.ToRecord();
    }

    public async Task Proceed(string mediaServer)
    {
        var isWanted = await Load() is { IsOver: false, Order.OrderedAt: null };
        if (isWanted && (_inLineAt ?? mediaServer) == mediaServer)
        {
            _inLineAt = mediaServer;
            await TryOrder();
        }
        // It lives on the very switch that gave room: that room is taken.
        else if (isWanted || _leg is null or { IsOver: true } || _leg.Switch != mediaServer)
            await GrainFactory.MediaServer(mediaServer).Release(Id);
    }

    /// <summary>
    /// The switch of the call that it rings for, to be joined to it; else the one it is in line at; else any. A switch
    /// that cannot be told is waited for by nobody who may go elsewhere.
    /// </summary>
    private async Task<ISwitch> Target(CallLeg leg)
    {
        if (leg is { ParentId: not null, Switch.Length: > 0 })
            return switches.Named(leg.Switch);
        if (_inLineAt is { } name)
        {
            if (switches.Named(name) is { IsUp: true } same)
                return same;
            await GrainFactory.MediaServer(name).Release(Id);
        }
        return switches.Choose();
    }

    /// <summary>
    /// Gives the order when there is room. It is marked first, so that after a crash it is asked about and not
    /// repeated.
    /// </summary>
    private async Task TryOrder()
    {
        var leg = _leg!;
        if (Age > CallLeg.OrderLife)
        {
            await Became(leg.End(HangupCauses.OrderExpired, Now));
            return;
        }
        if (leg.Order!.Number is { } number && (await GrainFactory.GateFor([number])).Refuses(number) is not null)
        {
            await Became(leg.End(HangupCauses.Barred, Now));
            return;
        }
        var target = await Target(leg);
        _inLineAt = target.Name;
        var admitted = await GrainFactory.MediaServer(target.Name).Admit(Id, leg.IsLifeSafety, leg.Order.Priority);
        WaitsIn(
            admitted.Value ? DialLine.None
            : leg.IsLifeSafety ? DialLine.LifeSafety
            : DialLine.Ordinary
        );
        if (!admitted.Value)
        {
            // In line, and called when it is its turn; the stored time is for a line that was lost with its silo.
            if (leg.DueAt <= Now)
                await LookAgain(leg, CallLeg.QueueCheck);
            return;
        }
        var marked = (leg with { Switch = target.Name }).OrderedNow(Now);
        // A new alarm does not wait for a second commit: after a crash the switch is asked even of an order that is not
        // marked. Once that was done, the mark also keeps out whoever else has asked.
        if (leg.IsLifeSafety && IsNew)
            _leg = marked with { Version = leg.Version };
        else
            await Save(marked);
        var isWanted = await IsWanted(leg);
        (_isNew, _inLineAt) = (false, null);
        if (isWanted)
            await Give(target, leg);
        else
            await Became(_leg!.End(HangupCauses.OriginatorCancel, Now));
    }

    private void WaitsIn(DialLine line)
    {
        here.Move(_line, line);
        _line = line;
    }

    private async Task Give(ISwitch target, CallLeg unordered)
    {
        var order = unordered.Order!;
        var outcome = await target.Originate(
            new(
                Id,
                order.Number,
                order.DialString,
                order.CallerNumber,
                order.CallerName,
                order.RingSeconds,
                unordered.TraceId,
                unordered.StartedAt
            )
        );
        figures.Ordered(unordered, outcome, Now);
        if (outcome == OrderOutcome.NotSent)
        {
            await GrainFactory.MediaServer(target.Name).Release(Id);
            var next = switches.Choose();
            var hasOther = next.IsUp && next.Name != target.Name;
            await LookAgain(_leg! with { Order = order }, hasOther ? TryOther : TryAgain);
        }
        else if (outcome == OrderOutcome.Unknown)
        {
            LogUnknown(Id);
            await LookAgain(_leg!, TryAgain);
        }
        else
        {
            LastsFor(LegTrace.Ringing);
            SetAlarm();
        }
    }

    private async Task LookAgain(CallLeg leg, TimeSpan after)
    {
        await Save(leg with { DueAt = Now + after });
        SetAlarm();
    }

    private async Task AfterAnswer()
    {
        if (_leg!.Ring is not null)
        {
            await NextStep(HangupCauses.NoAnswer);
            return;
        }
        await TellOfAnswer();
        if (_leg.Order!.Message is { } message)
            await Say(message);
    }

    private async Task TellOfAnswer()
    {
        await Report();
        _hasToldOfAnswer = true;
    }

    private async Task AfterKey()
    {
        await Report();
        await Say(CallKeys.Answer(_leg!.Order!.Pressed!, _leg.Order.Message));
    }

    private async Task AfterPlayback(string? playback, string? trouble)
    {
        if (playback != _playback?.ToString())
            return;
        if (_leg is not { Phase: CallPhase.Answered, Order: { } order })
            return;
        if (trouble is not null && order.Message is { File: not null })
        {
            LogUnheard(Id, order.Message.File, trouble);
            await Save(_leg.Unheard(trouble));
            await Report();
            order = _leg.Order!;
        }
        if (order is { NeedsKey: true, Plays: < OutboundOrder.PlaysMax, Message: { } message } && !_leg.IsDecided)
            await Say(message);
        else
        {
            var cause = _leg.Ring is { IsExhausted: true } ? HangupCauses.NoAnswer : HangupCauses.NormalClearing;
            await OnLine(line => line.HangUp(Id, cause));
        }
    }

    private async Task Say(SpokenMessage message)
    {
        // How often it was said is worth no commit: at worst it is said once more after a crash.
        _leg = _leg! with
        {
            Order = _leg.Order! with { Plays = _leg.Order.Plays + 1 },
        };
        var playback = Guid.NewGuid();
        _playback = playback;
        await OnLine(line => line.Play(Id, message, playback));
    }

    [LoggerMessage(LogLevel.Error, "Leg {Leg}: {File} was not heard ({Reason}); a spoken text takes its place")]
    private partial void LogUnheard(CallId leg, string file, string reason);

    [LoggerMessage(LogLevel.Warning, "Leg {Leg}: the line broke with the order on it; the switch will be asked")]
    private partial void LogUnknown(CallId leg);
}
