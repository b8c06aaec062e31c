using Orleans.Storage;

namespace IotOrleans.Tests.Speakers;

/// <summary>Grain state in memory that counts its writes, and fails when a test says so.</summary>
public sealed class CountingStorage(IGrainStorage storage) : IGrainStorage
{
    private int _writes;

    public int Writes => _writes;

    public bool Fails { get; set; }

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        Fails ? throw Trouble() : storage.ReadStateAsync(stateName, grainId, grainState);

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (Fails)
            throw Trouble();
        Interlocked.Increment(ref _writes);
        return storage.WriteStateAsync(stateName, grainId, grainState);
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        storage.ClearStateAsync(stateName, grainId, grainState);

    private static IOException Trouble() => new("The disk is gone.");
}
