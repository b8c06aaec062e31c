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

internal sealed class GrainTimer : IGrainTimer
{
    private readonly Activation _activation;
    private readonly Func<CancellationToken, Task> _act;
    private readonly GrainTimerCreationOptions _options;
    private readonly CancellationTokenSource _ended = new();
    private readonly ITimer _timer;
    private TimeSpan _period;
    private int _version;

    public GrainTimer(Activation activation, Func<CancellationToken, Task> act, GrainTimerCreationOptions options)
    {
        (_activation, _act, _options, _period) = (activation, act, options, options.Period);
        _timer = activation.Engine.Clock.CreateTimer(
            static self => ((GrainTimer)self!).Tick(),
            this,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
        activation.Add(this);
        _timer.Change(options.DueTime, Timeout.InfiniteTimeSpan);
    }

    public bool KeepsAwake => _options.KeepAlive && _period != Timeout.InfiniteTimeSpan;

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        (_period, _version) = (period, _version + 1);
        _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        _activation.Drop(this);
        _timer.Dispose();
        _ended.Cancel();
    }

    private void Tick()
    {
        if (_ended.IsCancellationRequested)
            return;
        var tick = new TimerTick(_options.Interleave, Run);
        // A mailbox that is full has better things to do than ticks: this one is left out.
        if (!_activation.TryTakeTick(tick))
            _timer.Change(_period, Timeout.InfiniteTimeSpan);
    }

    private async Task Run()
    {
        if (_ended.IsCancellationRequested)
            return;
        var version = _version;
        try
        {
            await _act(_ended.Token);
        }
        finally
        {
            if (version == _version && !_ended.IsCancellationRequested)
                _timer.Change(_period, Timeout.InfiniteTimeSpan);
        }
    }
}
