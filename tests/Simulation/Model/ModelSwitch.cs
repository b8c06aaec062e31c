using IotOrleans.Calls;

namespace IotOrleans.Simulation;

/// <summary>
/// A telephone switch and the people behind it. It outlives processes, may be restarted itself, and remembers orders as
/// the real one does: a note before each order and another after it.
/// </summary>
internal sealed class ModelSwitch(World world, string name)
{
    private readonly Dictionary<CallId, Channel> _channels = [];
    private readonly Dictionary<CallId, bool> _notes = [];
    private readonly RecordPost _records = new(world, name);
    private long _upSince;

    public string Name => name;

    /// <summary>Set while events are lost, repeated or late.</summary>
    public EventTrouble? Trouble { get; set; }

    /// <summary>The process that has a line now.</summary>
    public ModelLine? Line { get; set; }

    public IEnumerable<Channel> Living => _channels.Values;

    public Channel? Find(CallId id) => _channels.GetValueOrDefault(id);

    public void Announce(CallId id) => _notes.TryAdd(id, false);

    /// <summary>An order arrives, and the mark that it did.</summary>
    /// <returns>The cause when it is refused at once.</returns>
    public string? Take(LegOrder order)
    {
        _notes[order.CallId] = true;
        world.Ledger.Ordered(order);
        var luck = world.Chance.Of("callee", order.CallId.Value);
        if (luck.Of("refused").In(4))
            return "NORMAL_TEMPORARY_FAILURE";
        var channel = new Channel(order.CallId, isInbound: false, world.Now) { Since = world.Calendar.Now };
        _channels[order.CallId] = channel;
        Follow(channel, Callee.Of(luck, order.RingSeconds));
        return null;
    }

    public void Forget(CallId id) => _notes.Remove(id);

    public LegTrace Ask(CallId id, DateTimeOffset since)
    {
        if (Find(id) is { } channel)
            return channel.IsAnswered ? LegTrace.Talking : LegTrace.Ringing;
        if (_notes.TryGetValue(id, out var taken))
            return taken ? LegTrace.Gone : LegTrace.NotLiving;
        // Whole seconds, rounded down, as the real one counts.
        var uptime = TimeSpan.FromSeconds((world.Calendar.Now - _upSince) / TimeSpan.TicksPerSecond);
        return since <= world.Now && world.Now - uptime <= since ? LegTrace.NeverOrdered : LegTrace.NotLiving;
    }

    public void Restart()
    {
        world.Say($"switch {name} restarts");
        foreach (var channel in _channels.Values)
            channel.IsOver = true;
        _channels.Clear();
        _notes.Clear();
        _upSince = world.Calendar.Now;
    }

    public Channel Ring(CallId id, TimeSpan patience, Chance luck)
    {
        var channel = new Channel(id, isInbound: true, world.Now);
        _channels[id] = channel;
        world.Calendar.After(
            patience,
            () =>
            {
                if (!channel.IsAnswered)
                    End(channel, "ORIGINATOR_CANCEL");
            }
        );
        world.Calendar.After(patience + luck.Of("talk").Span(5_000, 90_000), () => End(channel, "NORMAL_CLEARING"));
        return channel;
    }

    public void Answer(Channel channel)
    {
        if (channel.IsOver || channel.IsAnswered)
            return;
        channel.AnsweredAt = world.Now;
        Tell(channel, SwitchEventKind.Answered, null);
    }

    public void Bridge(Channel one, Channel other)
    {
        (one.Partner, other.Partner) = (other, one);
        Tell(one, SwitchEventKind.Bridged, other.Id.ToString());
    }

    public void Play(Channel channel, Guid playback)
    {
        channel.Playing?.Drop();
        channel.Playing = world.Calendar.After(
            world.Chance.Of("message", channel.Id.Value).Span(2_000, 9_000),
            () => Tell(channel, SwitchEventKind.PlaybackEnded, playback.ToString())
        );
    }

    public void Voicemail(Channel channel) =>
        world.Calendar.After(TimeSpan.FromSeconds(20), () => End(channel, "NORMAL_CLEARING"));

    public void End(Channel channel, string cause)
    {
        if (channel.IsOver)
            return;
        channel.IsOver = true;
        _channels.Remove(channel.Id);
        Tell(channel, SwitchEventKind.HungUp, cause, evenOver: true);
        _records.Ended(channel, cause);
        if (channel.Partner is { IsOver: false } partner && partner.Partner == channel)
            End(partner, "NORMAL_CLEARING");
    }

    private void Follow(Channel channel, Callee callee)
    {
        var luck = world.Chance.Of("ring", channel.Id.Value);
        var rings = luck.Span(50, 600);
        world.Calendar.After(rings, () => Tell(channel, SwitchEventKind.Ringing, null));
        world.Say($"call {world.Name(channel.Id)}: the callee {callee.Manner} after {callee.After.TotalSeconds:0.0} s");
        world.Calendar.After(
            rings + callee.After,
            () =>
            {
                if (callee.Answers)
                    PickUp(channel, callee);
                else
                    End(channel, callee.Cause);
            }
        );
    }

    private void PickUp(Channel channel, Callee callee)
    {
        if (channel.IsOver)
            return;
        (channel.AnsweredAt, channel.Since) = (world.Now, world.Calendar.Now);
        world.Ledger.PickedUp(channel.Id);
        Tell(channel, SwitchEventKind.Answered, null);
        var at = TimeSpan.Zero;
        foreach (var (after, key) in callee.Keys)
            world.Calendar.After(at += after, () => Press(channel, key));
        if (callee.HangsUpAfter is { } end)
            world.Calendar.After(end > at ? end : at + TimeSpan.FromSeconds(1), () => End(channel, callee.Cause));
    }

    private void Press(Channel channel, string key)
    {
        if (channel.IsOver)
            return;
        world.Ledger.Pressed(channel.Id, key);
        Tell(channel, SwitchEventKind.Dtmf, key);
    }

    /// <summary>Told to whoever has a line; what nobody hears is lost for ever.</summary>
    private void Tell(Channel channel, SwitchEventKind kind, string? value, bool evenOver = false)
    {
        if (channel.IsOver && !evenOver)
            return;
        world.Say($"switch: {world.Name(channel.Id)} {kind} {(kind == SwitchEventKind.PlaybackEnded ? "" : value)}");
        if (Line is not { IsUp: true } line)
            return;
        var change = new SwitchEvent(kind, world.Now, value);
        var luck = world.Chance.Of(kind.ToString(), channel.Id.Value, value is null ? 0 : Seen(channel, kind));
        foreach (var delay in Trouble?.Deliveries(luck) ?? [TimeSpan.FromMilliseconds(luck.Between(1, 4))])
            world.Calendar.After(delay, () => line.Hear(channel.Id, change));
    }

    private readonly Dictionary<(CallId, SwitchEventKind), int> _seen = [];

    private int Seen(Channel channel, SwitchEventKind kind) =>
        _seen[(channel.Id, kind)] = _seen.GetValueOrDefault((channel.Id, kind)) + 1;
}

/// <summary>How events are in bad times, in percent.</summary>
internal sealed record EventTrouble(int Lost, int Repeated, int Late)
{
    public TimeSpan[] Deliveries(Chance luck)
    {
        if (luck.Of("lost").In(Lost))
            return [];
        var first = luck.Of("late").In(Late) ? luck.Of("how late").Span(50, 20_000) : TimeSpan.FromMilliseconds(2);
        return luck.Of("repeated").In(Repeated) ? [first, first + luck.Of("again").Span(0, 5_000)] : [first];
    }
}
