using System.Collections.Concurrent;
using System.Globalization;
using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>
/// Grain state in memory, with etags like a real store; for tests. What is stored is the object itself.
/// </summary>
public sealed class MemoryGrainStorage : IGrainStorage
{
    private readonly ConcurrentDictionary<(string Name, GrainId Grain), (object? State, int Version)> _rows = new();

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var found = _rows.TryGetValue((stateName, grainId), out var row);
        grainState.RecordExists = found && row.State is not null;
        grainState.ETag = found ? Text(row.Version) : null;
        grainState.State = row.State is T state ? state : Activator.CreateInstance<T>();
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        Replace(stateName, grainId, grainState, grainState.State);
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (_rows.ContainsKey((stateName, grainId)))
            Replace(stateName, grainId, grainState, null);
        grainState.RecordExists = false;
        grainState.State = Activator.CreateInstance<T>();
        return Task.CompletedTask;
    }

    private void Replace<T>(string stateName, GrainId grainId, IGrainState<T> grainState, object? next)
    {
        var version = grainState.ETag is { } etag ? int.Parse(etag, CultureInfo.InvariantCulture) : 0;
        var row = _rows.AddOrUpdate(
            (stateName, grainId),
            _ => version == 0 ? (next, 1) : throw Stale(stateName, grainId),
            (_, known) => known.Version == version ? (next, version + 1) : throw Stale(stateName, grainId)
        );
        grainState.ETag = Text(row.Version);
    }

    private static InconsistentStateException Stale(string name, GrainId grain) =>
        new($"State '{name}' of {grain} was written by somebody else.");

    private static string Text(int version) => version.ToString(CultureInfo.InvariantCulture);
}
