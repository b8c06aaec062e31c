using Orleans.Storage;

namespace Orleans.Runtime;

/// <summary>A named piece of a grain's state. Reading and writing go through a storage provider with etags.</summary>
public interface IPersistentState<TState>
{
    TState State { get; set; }

    string? Etag { get; }

    bool RecordExists { get; }

    Task ReadStateAsync();

    /// <exception cref="InconsistentStateException">Somebody else has written since it was read.</exception>
    Task WriteStateAsync();

    /// <exception cref="InconsistentStateException">Somebody else has written since it was read.</exception>
    Task ClearStateAsync();
}

internal interface ILoadedAtActivation
{
    Task Load();
}

internal sealed class PersistentState<TState>(string name, GrainId grain, IGrainStorage storage)
    : IPersistentState<TState>,
        IGrainState<TState>,
        ILoadedAtActivation
{
    public TState State { get; set; } = Activator.CreateInstance<TState>();

    public string? Etag => ETag;

    public string? ETag { get; set; }

    public bool RecordExists { get; set; }

    public Task Load() => ReadStateAsync();

    public Task ReadStateAsync() => storage.ReadStateAsync(name, grain, this);

    public Task WriteStateAsync() => storage.WriteStateAsync(name, grain, this);

    public Task ClearStateAsync() => storage.ClearStateAsync(name, grain, this);
}
