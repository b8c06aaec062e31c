namespace IotOrleans.Simulation;

/// <summary>What happens later, in the order of time; at one moment in the order in which it was planned.</summary>
internal sealed class Calendar
{
    private readonly PriorityQueue<Entry, (long At, int Order)> _entries = new();
    private int _order;

    /// <summary>Since the beginning, on a clock that never jumps; in ticks.</summary>
    public long Now { get; private set; }

    public Entry At(long at, Action act)
    {
        var entry = new Entry(Math.Max(at, Now), act);
        _entries.Enqueue(entry, (entry.At, _order++));
        return entry;
    }

    public Entry After(TimeSpan span, Action act) => At(Now + span.Ticks, act);

    public long? NextAt
    {
        get
        {
            while (_entries.TryPeek(out var entry, out _) && entry.IsDropped)
                _entries.Dequeue();
            return _entries.TryPeek(out var next, out _) ? next.At : null;
        }
    }

    public void MoveTo(long at) => Now = Math.Max(at, Now);

    /// <summary>Moves to the next entry and does it.</summary>
    public void DoNext()
    {
        var entry = _entries.Dequeue();
        MoveTo(entry.At);
        entry.Act();
    }

    internal sealed class Entry(long at, Action act)
    {
        public long At => at;

        public Action Act => act;

        public bool IsDropped { get; private set; }

        public void Drop() => IsDropped = true;
    }
}
