using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;

namespace Orleans.Runtime;

/// <summary>
/// The engine of one process: who is awake, and the way from a reference to an activation. What sleeps is nowhere in
/// memory; what is awake costs one entry and its state.
/// </summary>
internal sealed partial class GrainEngine : IDisposable
{
    private const int InlineDepthMax = 6;

    [ThreadStatic]
    private static int _depth;

    private readonly ConcurrentDictionary<GrainId, Activation> _awake = new();
    private readonly ConcurrentDictionary<Activation, byte> _watched = new();
    private readonly GrainClasses _classes;
    private readonly ILogger<GrainEngine> _log;
    private readonly ITimer _watch;
    private volatile bool _stopping;

    public GrainEngine(
        GrainClasses classes,
        GrainEngineOptions options,
        EngineFigures figures,
        IServiceProvider services,
        TimeProvider clock,
        ILogger<GrainEngine> log
    )
    {
        (_classes, Options, Figures, Services, Clock, _log) = (classes, options, figures, services, clock, log);
        Factory = new(this, classes);
        Timers = new(clock);
        _watch = clock.CreateTimer(_ => Look(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        _collectAt = clock.GetTimestamp() + Ticks(CollectionQuantum);
        Timestamp = clock.GetTimestamp();
    }

    public GrainEngineOptions Options { get; }

    public EngineFigures Figures { get; }

    public IServiceProvider Services { get; }

    public TimeProvider Clock { get; }

    public GrainFactory Factory { get; }

    public TimerQueue Timers { get; }

    /// <summary>
    /// The time on the engine's clock, at most a second old: exact enough to see who is idle or late.
    /// </summary>
    public long Timestamp { get; private set; }

    public IEnumerable<Activation> Awake => _awake.Values;

    public long Ticks(TimeSpan span) => (long)(span.TotalSeconds * Clock.TimestampFrequency);

    /// <summary>Sends a call from a reference, which remembers whom it met last.</summary>
    public void Send(GrainId id, Call call, ref Activation? last)
    {
        var target = last is { IsGone: false } ? last : last = Find(id);
        CallChain.Check(target, call.Plan);
        call.AskedAt = Timestamp;
        var inline = Options.RunsInline && !call.Plan.IsOneWay && _depth < InlineDepthMax;
        if (inline)
            _depth++;
        try
        {
            if (!target.TryTake(call, inline))
                Deliver(id, call, inline: false);
            else if (!call.IsAnswered && !call.Plan.IsOneWay)
                Watch(target);
        }
        finally
        {
            if (inline)
                _depth--;
        }
    }

    /// <summary>Brings a call to whoever is awake under this id, waking somebody if need be.</summary>
    public void Deliver(GrainId id, Call call, bool inline)
    {
        while (!Find(id).TryTake(call, inline)) { }
    }

    /// <summary>Somebody waits for this activation: it is looked at until nobody does.</summary>
    public void Watch(Activation activation) => _watched.TryAdd(activation, 0);

    public void Remove(Activation activation)
    {
        _awake.TryRemove(new(activation.GrainId, activation));
        _watched.TryRemove(activation, out _);
    }

    /// <summary>Takes nothing new from outside, lets grains finish, and puts all of them to sleep.</summary>
    public async Task Stop(CancellationToken cancellation)
    {
        var deadline = Clock.GetTimestamp() + Ticks(Options.StopTimeout);
        while (!_awake.IsEmpty && Clock.GetTimestamp() < deadline && !cancellation.IsCancellationRequested)
        {
            foreach (var activation in Awake)
                activation.Deactivate(
                    new(DeactivationReasonCode.ShuttingDown, "The engine stops."),
                    CancellationToken.None
                );
            await Task.Delay(TimeSpan.FromMilliseconds(10), Clock, CancellationToken.None).ConfigureAwait(false);
        }
        _stopping = true;
        if (!_awake.IsEmpty)
            LogUnfinished(_awake.Count);
    }

    public void ToldInVain(Activation activation, Call call, Exception trouble) =>
        LogToldInVain(trouble, call.Plan.Name, activation.GrainId);

    public void TroubleAsleep(Activation activation, Exception trouble) =>
        LogTroubleAsleep(trouble, activation.GrainId);

    public void Dispose()
    {
        _watch.Dispose();
        Timers.Dispose();
    }

    private Activation Find(GrainId id)
    {
        if (_awake.TryGetValue(id, out var awake))
            return awake;
        if (_stopping)
            throw new SiloUnavailableException();
        return _awake.GetOrAdd(id, static (id, engine) => new(id, engine._classes.Named(id.Type), engine), this);
    }

    [LoggerMessage(LogLevel.Error, "{Method} of {Grain} failed, and nobody waits for its answer")]
    private partial void LogToldInVain(Exception trouble, string method, GrainId grain);

    [LoggerMessage(LogLevel.Error, "{Grain} could not finish what it does before it sleeps")]
    private partial void LogTroubleAsleep(Exception trouble, GrainId grain);

    [LoggerMessage(LogLevel.Warning, "{Count} grains were still busy at the end of the time for stopping")]
    private partial void LogUnfinished(int count);
}
