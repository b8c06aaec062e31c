using System.Globalization;

namespace IotOrleans.FreeSwitch.Simulator;

/// <summary>
/// The stand-in's one truth: channels, orders, notes, and who listens. Everything happens under one lock, and
/// everything that takes time is a timer on the given clock.
/// </summary>
internal sealed partial class Switchboard(SimulatorOptions options, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, SimulatedChannel> _channels = [];
    private readonly Dictionary<string, string> _notes = new(StringComparer.Ordinal);
    private readonly Queue<SimulatedOrder> _orders = new();
    private readonly Queue<(Guid Channel, string File)> _heard = new();
    private readonly Dictionary<string, int> _callsByNumber = new(StringComparer.Ordinal);
    private readonly List<SimulatedPeer> _peers = [];
    private readonly HashSet<ITimer> _timers = [];
    private string _core = Guid.NewGuid().ToString();
    private DateTimeOffset _startedAt = clock.GetUtcNow();
    private long _sequence;
    private int _sessions;
    private bool _isStopped;

    /// <summary>Somebody has to reach the outbound socket for this channel; set by the host of the board.</summary>
    public Action<SimulatedChannel>? HandOver { get; set; }

    public SimulatorOptions Options => options;
    public TimeProvider Clock => clock;

    public T Under<T>(Func<Switchboard, T> look)
    {
        lock (_lock)
            return look(this);
    }

    public void Under(Action<Switchboard> act)
    {
        lock (_lock)
            act(this);
    }

    public IReadOnlyList<SimulatedOrder> Orders => [.. _orders];

    public IReadOnlyList<string> HeardBy(Guid channel) =>
        [.. _heard.Where(one => one.Channel == channel).Select(one => one.File)];

    private void NoteHeard(SimulatedChannel channel, string file)
    {
        _heard.Enqueue((channel.Uuid, file));
        if (_heard.Count > options.OrdersKeptMax)
            _heard.Dequeue();
    }

    public IReadOnlyList<SimulatedChannel> Channels => [.. _channels.Values];
    public IReadOnlyList<SimulatedPeer> Peers => [.. _peers];

    public int CallsFor(Guid leg) => _orders.Count(order => order.Asked == leg && order.Channel is not null);

    public SimulatedChannel? Find(string uuid) =>
        Guid.TryParse(uuid, out var id) ? _channels.GetValueOrDefault(id) : null;

    public void Join(SimulatedPeer peer) => _peers.Add(peer);

    public void Leave(SimulatedPeer peer)
    {
        _peers.Remove(peer);
        // What the dialplan does next: the call is parked, so that it can be taken up from another connection.
        if (peer.Controlled is { IsAlive: true, IsParked: false } channel)
            Park(channel);
    }

    public void Start()
    {
        _isStopped = false;
        Beat();
    }

    /// <summary>
    /// As after a crash: no channel, no note, no farewell. The list of orders is ours, not the switch's.
    /// </summary>
    public void Restart()
    {
        Silence();
        (_core, _startedAt, _sequence) = (Guid.NewGuid().ToString(), clock.GetUtcNow(), 0);
        Start();
    }

    public void Stop()
    {
        _isStopped = true;
        Silence();
    }

    /// <summary>
    /// The caller of a new incoming call is a subscriber who waits a minute, and hangs up after another.
    /// </summary>
    public SimulatedChannel Arrive(string number, string caller, string callerName)
    {
        var channel = new SimulatedChannel(
            Guid.NewGuid(),
            isInbound: true,
            $"sofia/internal/{caller}@127.0.0.1",
            number,
            clock.GetUtcNow()
        )
        {
            CallerNumber = caller,
            CallerName = callerName,
        };
        foreach (var (variable, value) in SipVariables.Of(number, caller))
            channel[variable] = value;
        Add(channel);
        Raise("CHANNEL_CREATE", channel);
        After(TimeSpan.FromSeconds(options.StaySecondsMax), () => End(channel, ByCaller(channel)));
        if (options.OutboundPort > 0 && HandOver is { } handOver)
            handOver(channel);
        else
            Park(channel);
        return channel;
    }

    public void Raise(string name, SimulatedChannel channel, Action<SimulatedEvent>? more = null)
    {
        var (state, callState, number) = name switch
        {
            "CHANNEL_OUTGOING" => ("CS_NONE", "DOWN", 1),
            "CHANNEL_CREATE" or "CHANNEL_ORIGINATE" => ("CS_INIT", "DOWN", 2),
            "CHANNEL_PROGRESS" => ("CS_CONSUME_MEDIA", "DOWN", 7),
            "CHANNEL_ANSWER" => (
                channel.IsInbound ? "CS_EXECUTE" : "CS_CONSUME_MEDIA",
                "RINGING",
                channel.IsInbound ? 4 : 7
            ),
            "CHANNEL_HANGUP" => ("CS_EXECUTE", "ACTIVE", 10),
            "CHANNEL_HANGUP_COMPLETE" => ("CS_REPORTING", "HANGUP", 11),
            "CHANNEL_DESTROY" => ("CS_REPORTING", "HANGUP", 12),
            _ => ("CS_EXECUTE", channel.AnsweredAt is null ? "RINGING" : "ACTIVE", 4),
        };
        var change = Begin(name);
        if (name == "CHANNEL_HANGUP_COMPLETE")
            change.With("Hangup-Cause", channel.Cause); // The real one writes it twice.
        channel.Describe(change, state, callState, number);
        more?.Invoke(change);
        Publish(change);
    }

    public SimulatedEvent Begin(string name, string? body = null)
    {
        var now = clock.GetUtcNow();
        return new SimulatedEvent(name) { Body = body }
            .With("Event-Name", name)
            .With("Core-UUID", _core)
            .With("FreeSWITCH-Hostname", options.Name)
            .With("FreeSWITCH-Switchname", options.Name)
            .With("FreeSWITCH-IPv4", "127.0.0.1")
            .With("FreeSWITCH-IPv6", "::1")
            .With("Event-Date-Local", now.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture))
            .With("Event-Date-GMT", now.ToString("R", CultureInfo.InvariantCulture))
            .With("Event-Date-Timestamp", Number((now - DateTimeOffset.UnixEpoch).Ticks / 10))
            .With("Event-Calling-File", "simulator.c")
            .With("Event-Calling-Function", "simulate")
            .With("Event-Calling-Line-Number", "1")
            .With("Event-Sequence", Number(++_sequence));
    }

    public void Publish(SimulatedEvent change)
    {
        foreach (var peer in _peers)
        {
            if (peer.Subscriptions.Wants(change))
                peer.PostEvent(change.Frame(peer.Subscriptions.Format));
        }
    }

    public void EndJob(string job, string command, string arguments, Guid? owner, string result)
    {
        var change = Begin("BACKGROUND_JOB", result.Length == 0 ? null : result)
            .With("Job-UUID", job)
            .With("Job-Owner-UUID", owner?.ToString())
            .With("Job-Command", command)
            .With("Job-Command-Arg", arguments);
        Publish(change);
    }

    private void Beat()
    {
        After(TimeSpan.FromSeconds(options.HeartbeatSeconds), Beat);
        Publish(
            Begin("HEARTBEAT")
                .With("Event-Info", "System Ready")
                .With("Up-Time", Uptime())
                .With("FreeSWITCH-Version", "1.10.12-simulator")
                .With("Uptime-msec", Number((long)(clock.GetUtcNow() - _startedAt).TotalMilliseconds))
                .With("Session-Count", Number(_channels.Count))
                .With("Max-Sessions", Number(options.ChannelsMax))
                .With("Session-Since-Startup", Number(_sessions))
                .With("Idle-CPU", "100.000000")
        );
    }

    /// <summary>A SIP telephone sends a text to one of our numbers.</summary>
    public void Receive(string number, string sender, string text) =>
        Publish(
            Begin("RECV_MESSAGE", text)
                .With("proto", "sip")
                .With("from", $"{sender}@127.0.0.1")
                .With("from_user", sender)
                .With("to_user", number)
                .With("to", $"{number}@127.0.0.1")
                .With("type", "text/plain")
        );

    private void Add(SimulatedChannel channel)
    {
        _channels.Add(channel.Uuid, channel);
        _sessions++;
    }

    /// <summary>Does something later, unless the switch has stopped or restarted by then.</summary>
    public void After(TimeSpan delay, Action act)
    {
        ITimer? timer = null;
        timer = clock.CreateTimer(_ => Fire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timers.Add(timer);
        timer.Change(delay, Timeout.InfiniteTimeSpan);

        void Fire()
        {
            lock (_lock)
            {
                if (_timers.Remove(timer!) && !_isStopped)
                    act();
                timer!.Dispose();
            }
        }
    }

    private void Silence()
    {
        foreach (var timer in _timers)
            timer.Dispose();
        _timers.Clear();
        _channels.Clear();
        _notes.Clear();
        foreach (var peer in Peers)
            peer.Cut();
    }

    private static string ByCaller(SimulatedChannel channel) =>
        channel.AnsweredAt is null ? "ORIGINATOR_CANCEL" : "NORMAL_CLEARING";

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
