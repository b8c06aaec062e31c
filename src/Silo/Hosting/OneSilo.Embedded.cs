using IotOrleans.Cluster;

namespace IotOrleans.Hosting;

/// <summary>The embedded engine as a cluster of one.</summary>
internal sealed class OneSilo(IEngineFigures figures, TimeProvider clock) : ICluster
{
    private readonly DateTimeOffset _since = clock.GetUtcNow();

    public Task<ClusterState> Look()
    {
        var awake = new SortedDictionary<string, int>(figures.AwakeByType.ToDictionary());
        var silo = new SiloState(
            Environment.MachineName,
            $"process {Environment.ProcessId}",
            ClusterState.Active,
            _since,
            Build.Version,
            awake
        );
        return Task.FromResult(ClusterState.Of("embedded", Build.Version, [silo]));
    }
}
