using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Calls;

/// <summary>A switch that is told by our own line, or by that of another silo while ours is down.</summary>
public sealed class ClusterSwitch(ISwitch own, LineView view, Vigil vigil, IGrainFactory grains) : ISwitch
{
    public string Name => own.Name;

    public bool IsUp => own.IsUp || view.OthersAreUp;

    public async Task<OrderOutcome> Originate(LegOrder order)
    {
        // His own line lets nobody order who stood still; the lines of others cannot know that he did.
        if (view.OthersAreUp && !vigil.IsAwake)
            return OrderOutcome.NotSent;
        if (own.IsUp)
        {
            // A line that is up and does not send has its reasons, and so nobody sends in its place.
            var outcome = await own.Originate(order);
            if (outcome != OrderOutcome.NotSent || own.IsUp)
                return outcome;
        }
        foreach (var line in await Others())
        {
            try
            {
                if (await line.Originate(order) is not OrderOutcome.NotSent and var answer)
                    return answer;
            }
            catch (Exception trouble) when (IsLost(trouble))
            {
                // It may have been given before its silo fell silent: the switch is asked before it is given again.
                return OrderOutcome.Unknown;
            }
        }
        return OrderOutcome.NotSent;
    }

    public async Task<LegTrace> Ask(CallId leg, DateTimeOffset since)
    {
        if (own.IsUp && await own.Ask(leg, since) is not LegTrace.Unreachable and var trace)
            return trace;
        foreach (var line in await Others())
        {
            try
            {
                if (await line.Ask(leg, since) is not LegTrace.Unreachable and var answer)
                    return answer;
            }
            catch (Exception trouble) when (IsLost(trouble))
            {
                continue;
            }
        }
        return LegTrace.Unreachable;
    }

    public Task Ring(CallId leg) => Tell(() => own.Ring(leg), line => line.Ring(leg));

    public Task Answer(CallId leg) => Tell(() => own.Answer(leg), line => line.Answer(leg));

    public Task Play(CallId leg, SpokenMessage message, Guid playback) =>
        Tell(() => own.Play(leg, message, playback), line => line.Play(leg, message, playback));

    public Task Bridge(CallId leg, CallId other) => Tell(() => own.Bridge(leg, other), line => line.Bridge(leg, other));

    public Task Join(CallId leg, string room) => Tell(() => own.Join(leg, room), line => line.Join(leg, room));

    public Task Park(CallId leg) => Tell(() => own.Park(leg), line => line.Park(leg));

    public Task Voicemail(CallId leg, Msisdn subscriber) =>
        Tell(() => own.Voicemail(leg, subscriber), line => line.Voicemail(leg, subscriber));

    public Task HangUp(CallId leg, string cause) => Tell(() => own.HangUp(leg, cause), line => line.HangUp(leg, cause));

    public Task Forget(CallId leg) => Tell(() => own.Forget(leg), line => line.Forget(leg));

    /// <summary>None of these does harm when it is said twice.</summary>
    private async Task Tell(Func<Task> own, Func<ISwitchLine, Task> other)
    {
        try
        {
            await own();
        }
        catch (SwitchUnreachableException) when (view.OthersAreUp)
        {
            await TellByOthers(other);
        }
    }

    private async Task TellByOthers(Func<ISwitchLine, Task> tell)
    {
        Exception last = new SwitchUnreachableException($"No silo has a line to switch {Name}.");
        foreach (var line in await Others())
        {
            try
            {
                await tell(line);
                return;
            }
            catch (Exception trouble) when (trouble is SwitchUnreachableException || IsLost(trouble))
            {
                last = trouble;
            }
        }
        throw new SwitchUnreachableException(last.Message, last);
    }

    private async Task<ISwitchLine[]> Others()
    {
        if (!view.OthersAreUp)
            return [];
        try
        {
            return await grains.SwitchLines(Name).Lines();
        }
        catch (Exception trouble) when (IsLost(trouble))
        {
            return [];
        }
    }

    private static bool IsLost(Exception trouble) => trouble is TimeoutException or OrleansException;
}

/// <summary>Keys of grains that only grains and lines know.</summary>
public static class LineKeys
{
    extension(IGrainFactory grains)
    {
        public ISwitchLinesGrain SwitchLines(string name) => grains.GetGrain<ISwitchLinesGrain>("w:" + name);
    }
}
