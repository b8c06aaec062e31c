namespace Orleans.Runtime;

/// <summary>How a timer of a grain runs.</summary>
/// <param name="dueTime">Until the first tick; infinite is never.</param>
/// <param name="period">From the end of one tick to the next; infinite is a single tick.</param>
public readonly struct GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period)
{
    public TimeSpan DueTime { get; init; } = dueTime;

    public TimeSpan Period { get; init; } = period;

    /// <summary>A tick may run while a call waits for something. Otherwise it waits its turn.</summary>
    public bool Interleave { get; init; }

    /// <summary>Ticks count as use, so that the grain stays awake.</summary>
    public bool KeepAlive { get; init; }
}

/// <summary>A timer that lives as long as the activation that made it.</summary>
public interface IGrainTimer : IDisposable
{
    void Change(TimeSpan dueTime, TimeSpan period);
}

internal sealed class GrainTimer : TimerQueue.Entry, IGrainTimer
{
    private readonly Activation _activation;
    private readonly Func<CancellationToken, Task> _act;
    private readonly GrainTimerCreationOptions _options;
    private CancellationTokenSource? _ending;
    private TimeSpan _period;
    private int _version;
    private int _isOver;

    public GrainTimer(Activation activation, Func<CancellationToken, Task> act, GrainTimerCreationOptions options)
    {
        (_activation, _act, _options, _period) = (activation, act, options, options.Period);
        activation.Add(this);
        Set(options.DueTime);
    }

    /// <summary>Another of the same grain; the activation's own.</summary>
    public GrainTimer? Next { get; set; }

    public bool KeepsAwake => _options.KeepAlive && _period != Timeout.InfiniteTimeSpan;

    private TimerQueue Queue => _activation.Engine.Timers;

    private bool IsOver => Volatile.Read(ref _isOver) != 0;

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        (_period, _version) = (period, _version + 1);
        Set(dueTime);
    }

    public void Dispose()
    {
        Interlocked.Exchange(ref _isOver, 1);
        _activation.Drop(this);
        Queue.Drop(this);
        _ending?.Cancel();
    }

    public override void Tick()
    {
        if (IsOver)
            return;
        var tick = new TimerTick(_options.Interleave, Run);
        // A mailbox that is full has better things to do than ticks: this one is left out.
        if (!_activation.TryTakeTick(tick))
            Set(_period);
    }

    private void Set(TimeSpan after)
    {
        if (after == Timeout.InfiniteTimeSpan)
            Queue.Drop(this);
        else
            Queue.Set(this, after);
    }

    private async Task Run()
    {
        if (IsOver)
            return;
        var version = _version;
        try
        {
            await _act(Ending());
        }
        finally
        {
            if (version == _version && !IsOver)
                Set(_period);
        }
    }

    /// <summary>Made for those who tick: most timers are dropped before.</summary>
    private CancellationToken Ending()
    {
        var ending = _ending ?? Interlocked.CompareExchange(ref _ending, new(), null) ?? _ending;
        if (IsOver)
            ending.Cancel();
        return ending.Token;
    }
}
