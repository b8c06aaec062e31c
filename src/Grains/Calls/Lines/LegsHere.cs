using System.Collections.Concurrent;

namespace IotOrleans.Calls;

/// <summary>The legs that are awake in this process: what a switch tells of them need not travel.</summary>
public sealed class LegsHere
{
    private readonly ConcurrentDictionary<CallId, object> _awake = new();

    private int _inLine;

    public int Count => _awake.Count;

    /// <summary>Whether any of them waits for room at a switch.</summary>
    public bool HasLine => Volatile.Read(ref _inLine) > 0;

    public bool Has(CallId leg) => _awake.ContainsKey(leg);

    internal void Add(CallId leg, object grain) => _awake[leg] = grain;

    internal void CountInLine(int more) => Interlocked.Add(ref _inLine, more);

    /// <summary>Not when the leg has woken again meanwhile.</summary>
    internal void Remove(CallId leg, object grain) => _awake.TryRemove(new(leg, grain));
}
