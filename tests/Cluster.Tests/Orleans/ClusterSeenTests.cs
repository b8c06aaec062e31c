using System.Text.Json;

namespace IotOrleans.Tests;

/// <summary>What operators see of two silos, and of one that died.</summary>
[Collection(nameof(FurnishedCluster))]
public sealed class ClusterSeenTests(FurnishedCluster cluster)
{
    [Fact]
    public async Task Both_silos_are_named_with_their_builds_and_a_dead_one_is_seen_as_dead()
    {
        var seen = await cluster.Until("cluster", body => Cluster.Active(body) == 2, door: 1);
        Assert.Equal("orleans", seen.GetProperty("engine").GetString());
        Assert.All(Silos(seen), silo => Assert.StartsWith("silo-", silo.GetProperty("name").GetString()));
        Assert.All(Silos(seen), silo => Assert.StartsWith("0.", silo.GetProperty("version").GetString()));

        cluster.Silos[1].Process.Kill();
        await cluster.Until(
            "cluster",
            body =>
                Silos(body).Any(silo => silo.GetProperty("status").GetString() == "dead") && Cluster.Active(body) == 1
        );
        await cluster.Heal();
    }

    private static IEnumerable<JsonElement> Silos(JsonElement cluster) => cluster.GetProperty("silos").EnumerateArray();
}
