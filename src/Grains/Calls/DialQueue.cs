namespace IotOrleans.Calls;

public enum Admission
{
    Granted,
    Waits,
    Full,
}

/// <summary>
/// Who may be dialled now, and who next. Life-safety goes before everybody and may use the channels kept for it; within
/// a class the higher priority goes first, and of equal ones the first come. Slots for new calls are
/// spaced evenly, with a tenth of a second in hand.
/// </summary>
public sealed class DialQueue(MediaServerOptions limits, DateTimeOffset now)
{
    /// <summary>A call that nobody has released after this is taken for over.</summary>
    public static readonly TimeSpan LeaseMax = TimeSpan.FromHours(4);

    private readonly Dictionary<CallId, DateTimeOffset> _calls = [];
    private readonly PriorityQueue<CallId, (int, long)> _urgent = new();
    private readonly PriorityQueue<CallId, (int, long)> _ordinary = new();
    private readonly HashSet<CallId> _waiting = [];
    private readonly HashSet<CallId> _waitingUrgent = [];
    private long _asked;
    private DateTimeOffset _nextSlot = now;

    public int Calls => _calls.Count;

    public int Waiting => _waiting.Count;

    public int WaitingLifeSafety => _waitingUrgent.Count;

    /// <summary>How often it is worth looking for a free slot.</summary>
    public TimeSpan Interval => TimeSpan.FromMilliseconds(Math.Clamp(1000.0 / limits.CallsPerSecond, 5, 200));

    public Admission Ask(CallId call, bool lifeSafety, DateTimeOffset at, int priority = 0)
    {
        if (_calls.ContainsKey(call))
            return Admission.Granted;
        if (_waiting.Contains(call))
            return Admission.Waits;
        if ((lifeSafety ? _urgent : _ordinary).Count == 0 && TryGrant(call, lifeSafety, at))
            return Admission.Granted;
        if (_waiting.Count >= limits.WaitingMax)
            return Admission.Full;
        _waiting.Add(call);
        if (lifeSafety)
            _waitingUrgent.Add(call);
        (lifeSafety ? _urgent : _ordinary).Enqueue(call, (-priority, _asked++));
        return Admission.Waits;
    }

    /// <summary>A call that was given room before this line was made.</summary>
    public void Restore(CallId call, DateTimeOffset at) => _calls[call] = at;

    public void Leave(CallId call)
    {
        _calls.Remove(call);
        WaitsNoMore(call);
    }

    public IEnumerable<CallId> TakeDue(DateTimeOffset at)
    {
        DropLeases(at);
        foreach (var (queue, lifeSafety) in new[] { (_urgent, true), (_ordinary, false) })
        {
            while (queue.TryPeek(out var call, out _))
            {
                if (_waiting.Contains(call))
                {
                    if (!TryGrant(call, lifeSafety, at))
                        yield break;
                    WaitsNoMore(call);
                    yield return call;
                }
                queue.Dequeue();
            }
        }
    }

    private void WaitsNoMore(CallId call)
    {
        _waiting.Remove(call);
        _waitingUrgent.Remove(call);
    }

    private bool TryGrant(CallId call, bool lifeSafety, DateTimeOffset at)
    {
        // However few there are, one is for everybody: else a small line would call nobody but about alarms.
        var others = Math.Max(1, limits.CallsMax * (100 - limits.LifeSafetyReservePercent) / 100);
        var room = lifeSafety ? limits.CallsMax : others;
        var slot = TimeSpan.FromSeconds(1.0 / limits.CallsPerSecond);
        var inHand = TimeSpan.FromSeconds(0.1);
        if (_nextSlot < at - inHand)
            _nextSlot = at - inHand;
        // No slot is further away than one: the clock on the wall was set back, and nobody waits for it.
        if (_nextSlot > at + slot)
            _nextSlot = at;
        if (_calls.Count >= room || _nextSlot > at)
            return false;
        _nextSlot += slot;
        _calls[call] = at;
        return true;
    }

    private void DropLeases(DateTimeOffset at)
    {
        if (_calls.Count < limits.CallsMax)
            return;
        foreach (var (call, since) in _calls)
        {
            if (at - since > LeaseMax)
                _calls.Remove(call);
        }
    }
}
