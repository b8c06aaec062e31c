using System.Collections.Concurrent;

namespace IotOrleans.Calls;

/// <summary>The legs that are awake in this process: what a switch tells of them need not travel.</summary>
public sealed class LegsHere
{
    private readonly ConcurrentDictionary<CallId, object> _awake = new();

    // How many are in each of the lines.
    private readonly int[] _inLine = new int[Enum.GetValues<DialLine>().Length];

    public int Count => _awake.Count;

    /// <summary>Who of them waits for room at a switch.</summary>
    public DialLine Line =>
        IsAny(DialLine.LifeSafety) ? DialLine.LifeSafety
        : IsAny(DialLine.Ordinary) ? DialLine.Ordinary
        : DialLine.None;

    public bool Has(CallId leg) => _awake.ContainsKey(leg);

    internal void Add(CallId leg, object grain) => _awake[leg] = grain;

    internal void Move(DialLine from, DialLine to)
    {
        Interlocked.Decrement(ref _inLine[(int)from]);
        Interlocked.Increment(ref _inLine[(int)to]);
    }

    /// <summary>Not when the leg has woken again meanwhile.</summary>
    internal void Remove(CallId leg, object grain) => _awake.TryRemove(new(leg, grain));

    private bool IsAny(DialLine line) => Volatile.Read(ref _inLine[(int)line]) > 0;
}
