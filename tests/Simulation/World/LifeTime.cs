namespace IotOrleans.Simulation;

/// <summary>
/// The clock of one process. Its timers die with it. The clock on the wall may be set; spans are measured by the other.
/// </summary>
internal sealed class LifeTime(World world, Life life) : TimeProvider
{
    private static readonly TimeSpan Early = TimeSpan.FromMilliseconds(4);

    private readonly List<LifeTimer> _periodic = [];

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => world.Now;

    public override long GetTimestamp() => world.Calendar.Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new LifeTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>The next tick of those that come again and again.</summary>
    public long? NextTick => _periodic.Count == 0 ? null : _periodic.Min(timer => timer.At);

    public void Tick()
    {
        var next = _periodic[0];
        foreach (var timer in _periodic)
            next = timer.At < next.At ? timer : next;
        next.Tick();
    }

    /// <summary>Leaves out ticks that could find nothing to do, but for the last one before the moment.</summary>
    public void SkipTo(long moment)
    {
        foreach (var timer in _periodic)
            timer.SkipTo(moment);
    }

    private sealed class LifeTimer(LifeTime time, Action act) : ITimer
    {
        private Calendar.Entry? _entry;
        private long _period;

        public long At { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Dispose();
            if (dueTime == Timeout.InfiniteTimeSpan)
                return true;
            // Those of .NET go by a coarse clock: by the fine one they are up to 10 ms early.
            var at = time.Calendar.Now + Math.Max(0, dueTime.Ticks - Early.Ticks);
            if (period > TimeSpan.Zero)
            {
                (At, _period) = (at, period.Ticks);
                time._periodic.Add(this);
            }
            else
                _entry = time.Calendar.At(at, Fire);
            return true;
        }

        public void Tick()
        {
            time.Calendar.MoveTo(At);
            At += _period;
            Fire();
        }

        public void SkipTo(long moment)
        {
            if (At < moment)
                At += (moment - At) / _period * _period;
        }

        public void Dispose()
        {
            _entry?.Drop();
            time._periodic.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire()
        {
            if (time.Life.IsAlive)
                act();
        }
    }

    private Calendar Calendar => world.Calendar;

    private Life Life => life;
}
