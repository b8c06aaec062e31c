using System.Text.Json;

namespace IotOrleans.Tests;

/// <summary>One fact, told again and again at every door and after the death of whoever knew it.</summary>
[Collection(nameof(FurnishedCluster))]
public sealed class RepeatTests(FurnishedCluster cluster)
{
    private const string Number = "+79160000013";
    private const string Target = "+79161114404";

    [Fact]
    public async Task The_same_event_at_both_doors_at_once_and_after_a_silo_died_is_one_incident_and_one_call()
    {
        await cluster.Heal();
        var key = await cluster.Register("repeat-smoke", "sensor_smoke", Number);
        await Rule();
        var first = await Task.WhenAll(Enumerable.Range(0, 10).Select(door => Tell(door, key)));
        Assert.True(first.Count(answer => Status(answer) == "accepted") <= 1);
        var incident = Assert.Single(first.Select(Incident).Distinct());

        // Whoever remembers it is gone; it is found in the rows.
        cluster.Silos[0].Process.Kill();
        var again = await Task.WhenAll(Enumerable.Range(0, 4).Select(door => Tell(door, key)));
        Assert.All(again, answer => Assert.Equal(("duplicate", incident), (Status(answer), Incident(answer))));
        await cluster.Until($"incidents/{incident}", body => body.GetProperty("status").GetString() != "running");
        Assert.Single(cluster.Switch.Orders, order => order.Number == Target[1..]);
        await cluster.Heal();
    }

    private static string? Status(JsonElement answer) => answer.GetProperty("status").GetString();

    private static string? Incident(JsonElement answer) => answer.GetProperty("incidents")[0].GetString();

    /// <summary>Until it is taken, as a hub does.</summary>
    private async Task<JsonElement> Tell(int door, string key)
    {
        var alarm = new
        {
            event_id = "repeat",
            device_id = "repeat-smoke",
            event_type = "smoke",
        };
        for (var attempt = 1; ; attempt++)
        {
            var (status, body) = await cluster.Ask(door, HttpMethod.Post, "events", alarm, key);
            if (status == 202)
                return body;
            Assert.True(status == 503 && attempt < 20, $"{status} {body}");
        }
    }

    private async Task Rule()
    {
        var rule = new
        {
            rule_id = "repeat",
            name = "Repeat",
            event_type = "smoke",
            scope = new { msisdn = Number },
            actions = new[] { new { type = "call", targets = new[] { Target } } },
        };
        await cluster.Make("rules", rule);
    }
}
