namespace IotOrleans.Calls;

/// <summary>
/// What was heard of legs that are awake on other silos, for half a minute: longer than it takes to see that a silo is
/// dead. A bounded line; the oldest go first.
/// </summary>
internal sealed class KeptEvents(TimeProvider clock)
{
    public const int CountMax = 20_000;

    public static readonly TimeSpan Life = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Queue<(CallId Leg, SwitchEvent Change, long At)> _line = new();

    public void Add(CallId leg, SwitchEvent change)
    {
        lock (_gate)
        {
            while (_line.TryPeek(out var oldest) && (_line.Count >= CountMax || clock.GetElapsedTime(oldest.At) > Life))
                _line.Dequeue();
            _line.Enqueue((leg, change, clock.GetTimestamp()));
        }
    }

    /// <summary>All that is young enough, in the order in which it was heard; they are kept no longer.</summary>
    public (CallId Leg, SwitchEvent Change)[] TakeAll()
    {
        lock (_gate)
        {
            var young = _line.Where(one => clock.GetElapsedTime(one.At) <= Life);
            (CallId, SwitchEvent)[] all = [.. young.Select(one => (one.Leg, one.Change))];
            _line.Clear();
            return all;
        }
    }
}
