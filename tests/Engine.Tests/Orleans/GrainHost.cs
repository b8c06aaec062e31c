using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using Orleans.TestingHost;

namespace IotOrleans.Tests.Engine;

/// <summary>Microsoft Orleans with one silo in this process, and state in memory that tests can reach.</summary>
public sealed class GrainHost : IAsyncLifetime
{
    public const int OvertakingValue = 1000;

    private TestCluster _cluster = null!;

    public IGrainFactory Grains => _cluster.GrainFactory;

    public async ValueTask InitializeAsync()
    {
        var builder = new TestClusterBuilder(1);
        builder.AddSiloBuilderConfigurator<Silo>();
        _cluster = builder.Build();
        await _cluster.DeployAsync();
    }

    /// <summary>Writes the state of a counter behind the back of its activation, as another silo would.</summary>
    public void OvertakeWrite(string key) =>
        SharedRows.Overtake(Grains.GetGrain<ICounterGrain>(key).GetGrainId(), new() { Value = OvertakingValue });

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    private sealed class Silo : ISiloConfigurator
    {
        public void Configure(ISiloBuilder siloBuilder) =>
            siloBuilder.Services.AddKeyedSingleton<IGrainStorage, SharedRows>("Default");
    }

    /// <summary>Rows with versions; static, because the silo makes its own instance.</summary>
    private sealed class SharedRows : IGrainStorage
    {
        private static readonly ConcurrentDictionary<(string, GrainId), (object? State, int Version)> Rows = new();

        public static void Overtake(GrainId id, Count state) =>
            Rows.AddOrUpdate(("count", id), (state, 1), (_, known) => (state, known.Version + 1));

        public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            var found = Rows.TryGetValue((stateName, grainId), out var row);
            grainState.RecordExists = found && row.State is not null;
            grainState.ETag = found ? $"{row.Version}" : null!;
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
            Replace(stateName, grainId, grainState, null);
            grainState.RecordExists = false;
            grainState.State = Activator.CreateInstance<T>();
            return Task.CompletedTask;
        }

        private static void Replace<T>(string name, GrainId id, IGrainState<T> grainState, object? next)
        {
            var version = string.IsNullOrEmpty(grainState.ETag) ? 0 : int.Parse(grainState.ETag);
            var row = Rows.AddOrUpdate(
                (name, id),
                _ => (next, 1),
                (_, known) =>
                    known.Version == version
                        ? (next, version + 1)
                        : throw new InconsistentStateException(
                            "Written by somebody else.",
                            $"{known.Version}",
                            $"{version}"
                        )
            );
            grainState.ETag = $"{row.Version}";
        }
    }
}
