using System.Collections.Concurrent;

namespace IotOrleans.Calls;

/// <summary>
/// Legs that are over and that the switch shall remember a while longer: an order that was held up with its silo finds
/// then that it was given by another one. Those of a process that dies stay with the switch until it restarts.
/// </summary>
internal sealed class OldNotes(TimeProvider clock)
{
    /// <summary>Longer than a silo may stand still, be woken, and not know yet that it is dead to the others.</summary>
    public static readonly TimeSpan Keep = TimeSpan.FromMinutes(2);

    /// <summary>With more than these the oldest goes early: some 160 calls in a second.</summary>
    private const int Max = 20_000;

    private readonly ConcurrentQueue<(Guid Leg, long Since)> _notes = new();

    public void Add(Guid leg) => _notes.Enqueue((leg, clock.GetTimestamp()));

    /// <summary>The next one that is old enough to be forgotten.</summary>
    public bool TryTake(out Guid leg)
    {
        leg = default;
        if (!_notes.TryPeek(out var oldest) || (_notes.Count <= Max && clock.GetElapsedTime(oldest.Since) < Keep))
            return false;
        // Somebody else may have taken it since: whichever it is now is about as old.
        var isTaken = _notes.TryDequeue(out oldest);
        leg = oldest.Leg;
        return isTaken;
    }
}
