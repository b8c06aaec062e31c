using System.Globalization;
using Orleans.Storage;

namespace IotOrleans.Simulation;

/// <summary>Grain state, with versions as the real provider has them.</summary>
internal sealed class ModelStorage(World world, Life life) : IGrainStorage
{
    private Table Rows => world.Database.States;

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var row = await world.Database.Read(life, "state", () => Rows.Find(stateName, grainId));
        grainState.RecordExists = row.State is not null;
        grainState.ETag = row.Version == 0 ? null : row.Version.ToString(CultureInfo.InvariantCulture);
        grainState.State = row.State is T state ? state : Activator.CreateInstance<T>();
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await Put(stateName, grainId, grainState, grainState.State);
        grainState.RecordExists = true;
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await Put(stateName, grainId, grainState, null);
        (grainState.RecordExists, grainState.State) = (false, Activator.CreateInstance<T>());
    }

    private async Task Put<T>(string name, GrainId grain, IGrainState<T> state, object? next)
    {
        var based = state.ETag is { } etag ? int.Parse(etag, CultureInfo.InvariantCulture) : 0;
        var id = NamedId.Of(grain.ToString(), $"{based}");
        var version = await world.Database.Write(life, id, () => Rows.Put(name, grain, next, based));
        state.ETag = version.ToString(CultureInfo.InvariantCulture);
    }

    internal sealed class Table
    {
        private readonly Dictionary<(string, GrainId), (object? State, int Version)> _rows = [];

        public (object? State, int Version) Find(string name, GrainId grain) => _rows.GetValueOrDefault((name, grain));

        public int Put(string name, GrainId grain, object? state, int based)
        {
            var version = Find(name, grain).Version;
            if (version != based)
                throw new InconsistentStateException($"{name} of {grain} is at {version}, not at {based}.");
            _rows[(name, grain)] = (state, version + 1);
            return version + 1;
        }
    }
}
