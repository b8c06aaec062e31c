namespace Orleans.Runtime;

/// <summary>
/// The timers of all grains by the time at which they fall due, behind one timer of the clock. A timer that waits is an
/// entry of a heap and holds nothing of whoever set it; setting and dropping one among a million takes twenty steps.
/// </summary>
internal sealed class TimerQueue : IDisposable
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromDays(1);

    /// <summary>Timers of .NET go by the system's coarse clock, up to so much behind the fine one.</summary>
    private static readonly TimeSpan Coarse = TimeSpan.FromMilliseconds(10);

    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private Entry[] _heap = new Entry[16];
    private int _count;
    private long _set;
    private long _wakesAt = long.MaxValue;

    public TimerQueue(TimeProvider clock)
    {
        _clock = clock;
        _timer = clock.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _count;
        }
    }

    /// <summary>Has it tick once after this; of equal times the one that was set first goes first.</summary>
    public void Set(Entry timer, TimeSpan after)
    {
        var at = _clock.GetTimestamp() + Ticks(after);
        lock (_gate)
        {
            Take(timer);
            (timer.DueAt, timer.SetAs) = (at, _set++);
            if (_count == _heap.Length)
                Array.Resize(ref _heap, _count * 2);
            Rise(timer, _count++);
            SetClock();
        }
    }

    public void Drop(Entry timer)
    {
        lock (_gate)
        {
            Take(timer);
            // A clock that wakes in vain is set anew then; without anybody who waits it need not wake at all.
            if (_count == 0)
                SetClock();
        }
    }

    public void Dispose() => _timer.Dispose();

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _clock.TimestampFrequency);

    private void Wake()
    {
        var due = new List<Entry>();
        lock (_gate)
        {
            var now = _clock.GetTimestamp();
            // A coarse clock wakes early, and the next time it would again: what it was set for is due.
            var until = _wakesAt > now ? Math.Min(_wakesAt, now + Ticks(Coarse)) : now;
            while (_count > 0 && _heap[0].DueAt <= until)
            {
                due.Add(_heap[0]);
                Take(_heap[0]);
            }
            _wakesAt = long.MaxValue;
            SetClock();
        }
        foreach (var timer in due)
            timer.Tick();
    }

    private void SetClock()
    {
        if (_count == 0)
        {
            if (_wakesAt != long.MaxValue)
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _wakesAt = long.MaxValue;
            return;
        }
        var next = _heap[0].DueAt;
        if (next >= _wakesAt)
            return;
        _wakesAt = next;
        var wait = _clock.GetElapsedTime(_clock.GetTimestamp(), next);
        _timer.Change(
            wait < TimeSpan.Zero ? TimeSpan.Zero
                : wait < WaitMax ? wait
                : WaitMax,
            Timeout.InfiniteTimeSpan
        );
    }

    /// <summary>Takes it out, wherever it stands.</summary>
    private void Take(Entry timer)
    {
        if (timer.Place is not { } place)
            return;
        timer.Place = null;
        var last = _heap[--_count];
        _heap[_count] = null!;
        if (last == timer)
            return;
        if (place > 0 && IsBefore(last, _heap[(place - 1) / 2]))
            Rise(last, place);
        else
            Sink(last, place);
    }

    private void Rise(Entry timer, int place)
    {
        while (place > 0 && _heap[(place - 1) / 2] is var above && IsBefore(timer, above))
        {
            Put(above, place);
            place = (place - 1) / 2;
        }
        Put(timer, place);
    }

    private void Sink(Entry timer, int place)
    {
        while (2 * place + 1 is var below && below < _count)
        {
            if (below + 1 < _count && IsBefore(_heap[below + 1], _heap[below]))
                below++;
            if (IsBefore(timer, _heap[below]))
                break;
            Put(_heap[below], place);
            place = below;
        }
        Put(timer, place);
    }

    private void Put(Entry timer, int place)
    {
        _heap[place] = timer;
        timer.Place = place;
    }

    private static bool IsBefore(Entry one, Entry other) =>
        one.DueAt != other.DueAt ? one.DueAt < other.DueAt : one.SetAs < other.SetAs;

    /// <summary>What waits for its time. Where and for when is the queue's own business.</summary>
    public abstract class Entry
    {
        internal long DueAt { get; set; }

        internal long SetAs { get; set; }

        /// <summary>Null when it does not wait.</summary>
        internal int? Place { get; set; }

        /// <summary>Its time has come; it waits no more until it is set anew.</summary>
        public abstract void Tick();
    }
}
