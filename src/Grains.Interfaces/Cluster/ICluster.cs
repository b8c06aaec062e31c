namespace IotOrleans.Cluster;

/// <summary>The silos that share the work, as any process of the house sees them.</summary>
public interface ICluster
{
    /// <summary>
    /// Asks the membership table and every silo that is active. A silo that does not answer in time is named without
    /// its activations.
    /// </summary>
    /// <exception cref="OrleansException">No silo can be asked now.</exception>
    Task<ClusterState> Look();
}

/// <param name="Engine">"embedded" or "orleans".</param>
/// <param name="Version">The build that answers; during an upgrade silos may be of another.</param>
/// <param name="Silos">Also those that died or left within the hour.</param>
/// <param name="Activations">Grains awake now, by grain type, on all silos together.</param>
public sealed record ClusterState(
    string Engine,
    string Version,
    SiloState[] Silos,
    SortedDictionary<string, int> Activations
)
{
    public const string Active = "active";

    public static ClusterState Of(string engine, string version, SiloState[] silos) =>
        new(
            engine,
            version,
            silos,
            new(
                silos
                    .SelectMany(silo => silo.Activations ?? [])
                    .GroupBy(type => type.Key)
                    .ToDictionary(group => group.Key, group => group.Sum(type => type.Value))
            )
        );
}

/// <summary>One silo.</summary>
/// <param name="Address">"ip:port@generation" on Orleans; the generation tells two lives at one address apart.</param>
/// <param name="Status">"joining", "active", "shutting_down", "stopping" or "dead".</param>
/// <param name="Version">The build it runs; null when it did not say.</param>
/// <param name="Activations">Grains awake by type; null when it did not answer, or is not active.</param>
public sealed record SiloState(
    string Name,
    string Address,
    string Status,
    DateTimeOffset? Since,
    string? Version,
    SortedDictionary<string, int>? Activations
);
