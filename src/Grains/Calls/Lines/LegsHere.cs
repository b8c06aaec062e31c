using System.Collections.Concurrent;

namespace IotOrleans.Calls;

/// <summary>The legs that are awake in this process: what a switch tells of them need not travel.</summary>
public sealed class LegsHere
{
    private readonly ConcurrentDictionary<CallId, object> _awake = new();

    public int Count => _awake.Count;

    public bool Has(CallId leg) => _awake.ContainsKey(leg);

    internal void Add(CallId leg, object grain) => _awake[leg] = grain;

    /// <summary>Not when the leg has woken again meanwhile.</summary>
    internal void Remove(CallId leg, object grain) => _awake.TryRemove(new(leg, grain));
}
