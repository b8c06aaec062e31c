namespace IotOrleans.Tests;

/// <summary>A cluster for tests that do it no lasting harm; its switch has room for few calls.</summary>
public sealed class FurnishedCluster : Cluster
{
    public const int CallsMax = 10;

    /// <summary>The tenth that is kept for alarms is one call.</summary>
    public const int OrdinaryMax = CallsMax - 1;

    protected override string[] SiloSettings =>
        [.. base.SiloSettings, $"--MediaServer:CallsMax={CallsMax}", "--MediaServer:LifeSafetyReservePercent=10"];
}

[CollectionDefinition(nameof(FurnishedCluster))]
public sealed class FurnishedClusterCollection : ICollectionFixture<FurnishedCluster>;
