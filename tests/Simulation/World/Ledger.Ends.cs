using IotOrleans.Calls;
using IotOrleans.Incidents;

namespace IotOrleans.Simulation;

/// <summary>How calls end: of whom it may be said that nobody knows, and who must not ring on.</summary>
internal sealed partial class Ledger
{
    private static readonly TimeSpan SilenceMin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RingsOnMax = TimeSpan.FromSeconds(15);

    /// <summary>The clock may be set after a leg is made and before it looks at the clock itself.</summary>
    private static readonly TimeSpan BetweenTwoTurns = TimeSpan.FromSeconds(1);

    private readonly Dictionary<CallId, long> _asked = [];
    private readonly Dictionary<CallId, long> _silentSince = [];
    private readonly HashSet<CallId> _endsHeard = [];
    private readonly Dictionary<CallId, long> _knownSince = [];

    public void Asked(CallId leg, LegTrace trace)
    {
        _asked[leg] = world.Calendar.Now;
        if (trace == LegTrace.Unreachable)
            _silentSince.TryAdd(leg, world.Calendar.Now);
        else
            _silentSince.Remove(leg);
    }

    /// <param name="leg">As it was at that time.</param>
    public void ExpectAsked(CallLeg leg, long since)
    {
        if (Rows.Leg(leg.CallId) is { IsOver: false } now && now.Version == leg.Version)
            Demand(
                _asked.GetValueOrDefault(leg.CallId, -1) >= since,
                $"leg {world.Name(leg.CallId)} was not asked about after the line came up"
            );
    }

    /// <summary>The line of a living process brings how a call has ended.</summary>
    public void EndHeard(CallId leg) => _endsHeard.Add(leg);

    /// <summary>A living process has written these and knows that it has.</summary>
    public void Written(CallLeg[] legs)
    {
        foreach (var leg in legs)
        {
            _knownSince.TryAdd(leg.CallId, world.Calendar.Now);
            if (leg.HangupCause == HangupCauses.Lost)
                GivenUp(leg);
            else if (leg.HangupCause == HangupCauses.OrderExpired)
                JudgeExpired(leg);
        }
    }

    /// <summary>Who meets a leg late has only the clock on the wall to tell how old it is.</summary>
    private void JudgeExpired(CallLeg leg)
    {
        var age = TimeSpan.FromTicks(world.Calendar.Now - _knownSince[leg.CallId]);
        Demand(
            age >= CallLeg.OrderLife
                || age < BetweenTwoTurns
                || world.Day.Acts.Any(act => act is Dies or DatabaseIsTroubled),
            $"leg {world.Name(leg.CallId)} expired when it was {age} old"
        );
    }

    /// <summary>
    /// Nobody is given up whose switch was not silent for a while, nor whose end was told in good times.
    /// </summary>
    private void GivenUp(CallLeg leg)
    {
        var name = world.Name(leg.CallId);
        if (_silentSince.TryGetValue(leg.CallId, out var since))
        {
            // Where an alarm is that nobody has a name of the switch for, another switch may take it sooner.
            var silence = TimeSpan.FromTicks(world.Calendar.Now - since);
            Demand(
                silence >= SilenceMin || leg.Switch.Length == 0,
                $"leg {name} was given up as lost after its switch was silent for {silence}"
            );
            return;
        }
        var isGood = !world.Day.Acts.Any(act => act is DatabaseIsTroubled or EventsAreTroubled or Dies);
        Demand(
            !isGood || !_endsHeard.Contains(leg.CallId),
            $"leg {name} was given up as lost, and its line had told how it ended"
        );
    }

    /// <summary>Whoever still rings need not answer any more.</summary>
    public void Closed(Incident incident)
    {
        foreach (var leg in incident.LivingLegs)
            world.Calendar.After(RingsOnMax, () => ExpectEnded(leg));
    }

    private void ExpectEnded(CallId leg)
    {
        var isLiving = world.Switches.Any(one => one.Find(leg) is not null);
        if (!isLiving || Rows.Leg(leg) is { HangupCause: HangupCauses.Lost })
            return;
        if (!world.IsCalmFor(RingsOnMax))
            world.Calendar.After(RingsOnMax, () => ExpectEnded(leg));
        else
            Break($"leg {world.Name(leg)} rings on, and its incident is closed");
    }

    /// <summary>The house ends a leg; a caller who is joined to it would be cut off with it.</summary>
    public void Ends(Channel channel, string cause)
    {
        if (channel is { IsOver: false, IsInbound: false, Partner: { IsOver: false, IsInbound: true } caller })
            Demand(
                caller.Partner != channel || Rows.Leg(caller.Id) is null or { IsOver: true },
                $"call {world.Name(caller.Id)} is cut off with {world.Name(channel.Id)}, which it was joined to"
            );
        if (cause == HangupCauses.AllottedTimeout && Rows.Leg(channel.Id) is { ParentId: null, Order: { } order })
            JudgeTime(channel, order);
    }

    /// <summary>Whoever rings or listens has his whole time, whatever the clocks on the wall say.</summary>
    private void JudgeTime(Channel channel, OutboundOrder order)
    {
        var had = TimeSpan.FromTicks(world.Calendar.Now - channel.Since);
        var least = channel.IsAnswered ? CallLeg.MessageMax : TimeSpan.FromSeconds(order.RingSeconds);
        Demand(
            had >= least - TimeSpan.FromSeconds(1),
            $"leg {world.Name(channel.Id)} was ended after it {(channel.IsAnswered ? "talked" : "rang")} for {had}"
        );
    }

    /// <summary>What its switch has told is known, but for what was told while the end was written down.</summary>
    private void JudgeLost(CallLeg leg)
    {
        var isSlow = world.Day.Acts.Any(act => act is DatabaseIsTroubled or Dies);
        var length = isSlow ? TimeSpan.FromMinutes(1) : TimeSpan.FromMilliseconds(100);
        Demand(
            !Rows.SwitchCdrsAt.TryGetValue(leg.CallId, out var kept) || Rows.EndedAt[leg.CallId] - kept < length.Ticks,
            $"leg {world.Name(leg.CallId)} was given up as lost, and its switch had told how it ended"
        );
    }
}
