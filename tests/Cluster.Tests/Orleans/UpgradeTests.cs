using System.Text.Json;

namespace IotOrleans.Tests;

/// <summary>
/// One part after the other goes and comes back as another build, and back again, while events come in and an incident
/// is open. <c>IOT_OTHER_BUILD</c> names the <c>iotorleans.dll</c> of the other build; without it ours stands for both.
/// </summary>
public sealed class UpgradeTests(Cluster cluster, ITestOutputHelper output) : IClassFixture<Cluster>
{
    /// <summary>All busy, each time.</summary>
    private static readonly string[] Neighbours = ["+79161112200", "+79161112300", "+79161112400"];

    private static readonly string Other =
        Environment.GetEnvironmentVariable("IOT_OTHER_BUILD") ?? HouseProcess.OurBuild;

    [Fact]
    public async Task A_cluster_is_upgraded_and_taken_back_part_by_part_and_nothing_is_lost_or_done_twice()
    {
        var storm = await cluster.Storm();
        await cluster.Heal();
        var incident = await Open();
        storm.Forget();
        await storm.Rage(async () =>
        {
            // The front-end of one build asks silos of the other, and silos of both share the work.
            await ReplaceSilo(Other);
            await ReplaceDoor(Other);
            await GoesOn(incident);
            output.WriteLine($"Side by side: {await Versions()}");
            await ReplaceDoor(HouseProcess.OurBuild);
            await ReplaceSilo(HouseProcess.OurBuild);
            await GoesOn(incident);
        });
        var (took, tries) = storm.Slowest;
        // How often is a matter of the machine's speed: told here, and judged by whoever measures.
        output.WriteLine($"Told {storm.TriesMost} times at most; slowest event {took.TotalSeconds:0.00} s: {tries}");
        await cluster.Ask(0, HttpMethod.Post, $"incidents/{incident}/acknowledge", new { by = "olga" });
        await storm.Ended();
        var made = cluster.Switch.Orders.Where(order => order.Channel is not null).GroupBy(order => order.Asked);
        Assert.All(made, calls => Assert.Single(calls));
    }

    /// <summary>The oldest silo hands over what it has and is replaced, as a service manager does it.</summary>
    private async Task ReplaceSilo(string build)
    {
        var old = cluster.Silos[0];
        old.Process.Terminate();
        Assert.Equal(0, await old.Process.Ended());
        cluster.Silos.Remove(old);
        await old.DisposeAsync();
        await cluster.Heal(build);
    }

    private async Task ReplaceDoor(string build)
    {
        var old = cluster.Doors[0];
        old.Terminate();
        Assert.Equal(0, await old.Ended());
        cluster.RemoveDoor(old);
        await cluster.AddDoor(build);
    }

    /// <summary>An incident that calls somebody who is busy, again and again.</summary>
    private async Task<string> Open()
    {
        var key = await cluster.Register("leak-1", "sensor_leak", "+79160000011");
        var call = new
        {
            type = "call",
            targets = Neighbours,
            mode = "until_acknowledged",
            attempts = 10,
            retry_seconds = 5,
        };
        var rule = new
        {
            rule_id = "leak",
            name = "Leak",
            event_type = "water_leak",
            scope = new { msisdn = "+79160000011" },
            actions = new[] { call },
        };
        await cluster.Make("rules", rule);
        var told = new
        {
            event_id = "leak",
            device_id = "leak-1",
            event_type = "water_leak",
        };
        var (status, body) = await cluster.Ask(0, HttpMethod.Post, "events", told, key);
        Assert.True(status == 202, $"{status} {body}");
        return body.GetProperty("incidents")[0].GetString()!;
    }

    /// <summary>The next attempt is made, whoever has the incident now.</summary>
    private async Task GoesOn(string incident)
    {
        var before = await Attempts(incident);
        await cluster.Until(
            $"incidents/{incident}",
            body => body.GetProperty("attempts").GetArrayLength() > before,
            door: 1
        );
    }

    private async Task<int> Attempts(string incident) =>
        (await cluster.Until($"incidents/{incident}", body => body.ValueKind == JsonValueKind.Object, door: 1))
            .GetProperty("attempts")
            .GetArrayLength();

    private async Task<string> Versions()
    {
        var seen = await cluster.Until("cluster", body => Cluster.Active(body) == 2, door: 1);
        var active = seen.GetProperty("silos")
            .EnumerateArray()
            .Where(silo => silo.GetProperty("status").GetString() == "active")
            .Select(silo => $"{silo.GetProperty("name")} {silo.GetProperty("version")}");
        return $"asked {seen.GetProperty("version")}; {string.Join(", ", active)}";
    }
}
