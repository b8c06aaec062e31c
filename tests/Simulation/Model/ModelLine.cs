using IotOrleans.Calls;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Simulation;

/// <summary>
/// The line of one process to one switch. When it breaks, whoever waits for an answer hears that nobody knows, and the
/// order may have arrived or not.
/// </summary>
internal sealed class ModelLine(World world, Life life, ModelSwitch @switch) : ISwitch
{
    private readonly List<Action> _onBreak = [];

    // Of these this process knows that nobody has given the order.
    private readonly HashSet<CallId> _neverOrdered = [];
    private int _commands;

    public string Name => @switch.Name;

    public bool IsUp { get; private set; }

    public void Connect()
    {
        if (!life.IsAlive || IsUp)
            return;
        (IsUp, @switch.Line) = (true, this);
        ExpectQuestions();
        // What happened meanwhile was not heard: every living leg asks.
        life.Do("legs are woken after the line came up", () => life.Sweeper.WakeLivingLegs(CancellationToken.None));
    }

    /// <summary>In a calm moment every living leg asks soon after the line came up.</summary>
    private void ExpectQuestions()
    {
        var since = world.Calendar.Now;
        // Who has read a row before a dead process's last write of it learns of that when he writes himself.
        var isOvertaken = world.Database.LateAt > since - TimeSpan.FromSeconds(5).Ticks;
        var ordered = world.Database.Rows.LivingLegs.Where(leg => leg.Switch == Name && leg.MayBeOrdered).ToArray();
        if (isOvertaken || world.Database.Trouble is not null || ordered.Length == 0)
            return;
        world.Calendar.After(
            TimeSpan.FromSeconds(3),
            () =>
            {
                if (IsUp && life.IsAlive && world.Database.Trouble is null && world.Database.Waiting == 0)
                {
                    foreach (var leg in ordered.Where(leg => !_neverOrdered.Contains(leg.CallId)))
                        world.Ledger.ExpectAsked(leg, since);
                }
            }
        );
    }

    public void Break()
    {
        IsUp = false;
        if (@switch.Line == this)
            @switch.Line = null;
        foreach (var broken in _onBreak.ToArray())
            broken();
        _onBreak.Clear();
    }

    public void Hear(CallId leg, SwitchEvent change)
    {
        if (!IsUp)
            return;
        if (change.Kind == SwitchEventKind.HungUp)
            world.Ledger.EndHeard(leg);
        life.Hear(leg, change);
    }

    public async Task<OrderOutcome> Originate(LegOrder order)
    {
        if (!IsUp)
            return OrderOutcome.NotSent;
        world.Ledger.Sending(order);
        _neverOrdered.Remove(order.CallId);
        var luck = world.Chance.Of("order", order.CallId.Value);
        string? refused = null;
        var arrival = luck.Of("cut").Below(3);
        var outcome = await Exchange(
            luck,
            arrive: () => refused = @switch.Take(order),
            cut: () =>
            {
                // Nothing, the note alone, or all of it had arrived.
                if (arrival > 0)
                    @switch.Announce(order.CallId);
                if (arrival > 1)
                    refused = @switch.Take(order);
            }
        );
        if (refused is not null && outcome)
            life.Hear(order.CallId, new(SwitchEventKind.HungUp, world.Now, refused));
        world.Say(
            $"order {world.Name(order.CallId)} to {order.Number}{order.DialString}: {(outcome ? "taken" : "unknown")}"
        );
        return outcome ? OrderOutcome.Taken : OrderOutcome.Unknown;
    }

    public async Task<LegTrace> Ask(CallId leg, DateTimeOffset since)
    {
        var trace = LegTrace.Unreachable;
        if (IsUp)
            await Exchange(world.Chance.Of("ask", leg.Value, _commands++), () => trace = @switch.Ask(leg, since), null);
        world.Say($"asked for {world.Name(leg)}: {trace}");
        world.Ledger.Asked(leg, trace);
        if (trace == LegTrace.NeverOrdered)
            _neverOrdered.Add(leg);
        return trace;
    }

    public Task Ring(CallId leg) => Command(leg, _ => { });

    public Task Answer(CallId leg) => Command(leg, @switch.Answer);

    public Task Play(CallId leg, SpokenMessage message, Guid playback) =>
        Command(leg, channel => @switch.Play(channel, playback));

    public Task Bridge(CallId leg, CallId other) =>
        Command(
            leg,
            channel =>
            {
                if (@switch.Find(other) is { } partner)
                    @switch.Bridge(channel, partner);
            }
        );

    public Task Park(CallId leg) => Command(leg, channel => channel.Partner = null);

    public Task Join(CallId leg, string room) => Command(leg, channel => channel.Room = room);

    public Task Voicemail(CallId leg, Msisdn subscriber) => Command(leg, @switch.Voicemail);

    public async Task HangUp(CallId leg, string cause)
    {
        var isThere = false;
        await Command(
            leg,
            channel =>
            {
                isThere = true;
                world.Ledger.Ends(channel, cause);
                @switch.End(channel, cause);
            }
        );
        if (!isThere)
            life.Hear(leg, new(SwitchEventKind.HungUp, world.Now, cause));
    }

    public async Task Forget(CallId leg)
    {
        if (!IsUp || !await Exchange(world.Chance.Of("forget", leg.Value), () => @switch.Forget(leg), null))
            throw new SwitchUnreachableException();
    }

    private async Task Command(CallId leg, Action<Channel> act)
    {
        if (!IsUp || !await Exchange(world.Chance.Of("tell", leg.Value, _commands++), Arrive, null))
            throw new SwitchUnreachableException();

        void Arrive()
        {
            if (@switch.Find(leg) is { } channel)
                act(channel);
        }
    }

    /// <summary>There and back. False: the line broke in between, and with it the answer was lost.</summary>
    private Task<bool> Exchange(Chance luck, Action arrive, Action? cut)
    {
        var answer = new TaskCompletionSource<bool>();
        var hasArrived = false;
        var there = world.Calendar.After(luck.Of("there").Span(1, 6), Arrive);
        _onBreak.Add(OnBreak);
        world.Calendar.After(luck.Of("there").Span(1, 6) + luck.Of("back").Span(1, 8), () => End(true));
        return answer.Task;

        void Arrive()
        {
            hasArrived = true;
            arrive();
        }

        void OnBreak()
        {
            there.Drop();
            if (!hasArrived)
                cut?.Invoke();
            hasArrived = true;
            End(false);
        }

        void End(bool isKnown)
        {
            _onBreak.Remove(OnBreak);
            if (life.IsAlive)
                answer.TrySetResult(isKnown);
        }
    }
}

/// <summary>The switches as one process has them.</summary>
internal sealed class ModelSwitches(World world, Life life) : ISwitches
{
    private readonly ModelLine[] _lines = [.. world.Switches.Select(one => life.LineTo(one))];

    public IReadOnlyList<ISwitch> All => _lines;

    public ISwitch Choose() => Array.Find(_lines, line => line.IsUp) ?? _lines[0];

    public ISwitch Named(string name) => Array.Find(_lines, line => line.Name == name) ?? _lines[0];
}
