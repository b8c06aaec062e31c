using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Cluster;

/// <summary>
/// What <c>/cluster</c> says, as figures. It is asked for now and then and remembered, so that who scrapes waits for no
/// silo.
/// </summary>
public sealed partial class ClusterFigures : BackgroundService
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private readonly ICluster _cluster;
    private readonly TimeProvider _clock;
    private readonly ILogger<ClusterFigures> _log;
    private volatile ClusterState? _seen;

    public ClusterFigures(ICluster cluster, TimeProvider clock, IMeterFactory meters, ILogger<ClusterFigures> log)
    {
        (_cluster, _clock, _log) = (cluster, clock, log);
        var meter = meters.Create("IotOrleans");
        meter.CreateObservableGauge("iot_cluster_silos", Silos, description: "Silos by status and build.");
        meter.CreateObservableGauge("iot_cluster_activations", Activations, description: "Grains awake, by silo.");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, _clock);
        do
        {
            try
            {
                _seen = await _cluster.Look();
            }
            // A figure that cannot be had, for whatever reason, must not cost the front-end its life.
#pragma warning disable CA1031
            catch (Exception trouble) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                // Old figures would look like good ones.
                _seen = null;
                LogUnseen(trouble.Message);
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private IEnumerable<Measurement<int>> Silos() =>
        (_seen?.Silos ?? [])
            .GroupBy(silo => (silo.Status, silo.Version))
            .Select(group => new Measurement<int>(
                group.Count(),
                Tag("status", group.Key.Status),
                Tag("version", group.Key.Version ?? "unknown")
            ));

    private IEnumerable<Measurement<int>> Activations() =>
        from silo in _seen?.Silos ?? []
        from type in silo.Activations ?? []
        select new Measurement<int>(type.Value, Tag("silo", silo.Name), Tag("type", type.Key));

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    [LoggerMessage(LogLevel.Warning, "The cluster cannot be seen now: {Reason}")]
    private partial void LogUnseen(string reason);
}
