namespace IotOrleans.FreeSwitch;

/// <summary>
/// A clock that moves only when a test says so, and fires what has fallen due in the order of the due times.
/// </summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Alarm> _alarms = [];
    private DateTimeOffset _now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(this, () => callback(state));
        alarm.Change(dueTime, period);
        return alarm;
    }

    public void Advance(TimeSpan time)
    {
        var end = GetUtcNow() + time;
        while (TakeDue(end) is { } alarm)
            alarm.Ring();
    }

    public void Advance(double seconds) => Advance(TimeSpan.FromSeconds(seconds));

    private Alarm? TakeDue(DateTimeOffset end)
    {
        lock (_lock)
        {
            var next = _alarms.Where(alarm => alarm.Due <= end).MinBy(alarm => alarm.Due);
            _now =
                next is null ? end
                : next.Due > _now ? next.Due
                : _now;
            if (next is not null)
                _alarms.Remove(next);
            return next;
        }
    }

    private sealed class Alarm(ManualTime time, Action ring) : ITimer
    {
        private TimeSpan _period;

        public DateTimeOffset Due { get; private set; }

        public void Ring()
        {
            if (_period > TimeSpan.Zero)
                Change(_period, _period);
            ring();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                time._alarms.Remove(this);
                _period = period;
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;
                Due = time._now + dueTime;
                time._alarms.Add(this);
                return true;
            }
        }

        public void Dispose()
        {
            lock (time._lock)
                time._alarms.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
