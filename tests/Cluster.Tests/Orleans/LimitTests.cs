using System.Text.Json;

namespace IotOrleans.Tests;

/// <summary>What a switch may be given is counted once for all silos and all front-ends.</summary>
[Collection(nameof(FurnishedCluster))]
public sealed class LimitTests(FurnishedCluster cluster)
{
    private const int Calls = 2 * FurnishedCluster.CallsMax;
    private const string Alarmed = "79161113305";
    private const string Dialled = "791611122";

    [Fact]
    public async Task All_silos_together_give_a_switch_no_more_than_it_may_have_and_an_alarm_overtakes_who_waits()
    {
        await cluster.Heal();
        var calls = await Task.WhenAll(Enumerable.Range(0, Calls).Select(Dial));
        await Made(FurnishedCluster.OrdinaryMax);

        const string number = "+79160000012";
        var key = await cluster.Register("limits-smoke", "sensor_smoke", number);
        await Rule(number);
        await Tell(key);
        // Ordinary calls wait, and this one goes out: it is the only one that may take the last room.
        await Made(FurnishedCluster.CallsMax);
        Assert.Equal(Alarmed, Orders()[^1].Number);

        // Room that is given back is given to who waits, until each has had its turn.
        foreach (var call in calls)
            await cluster.Until($"calls/{call}", body => Ended(call, body));
        Assert.All(Orders().GroupBy(order => order.Asked), orders => Assert.Single(orders));
        Assert.Equal(Calls, Orders().Count(order => order.Number != Alarmed));
    }

    private List<FreeSwitch.Simulator.SimulatedOrder> Orders() =>
        [
            .. cluster.Switch.Orders.Where(order =>
                order.Number == Alarmed || order.Number.StartsWith(Dialled, StringComparison.Ordinal)
            ),
        ];

    private async Task<string> Dial(int index)
    {
        var dial = new { to = $"+{Dialled}{index + 10}" };
        for (var attempt = 1; ; attempt++)
        {
            var (status, body) = await cluster.Ask(index, HttpMethod.Post, "calls", dial, name: $"limits-{index}");
            if (status == 202)
                return body.GetProperty("call_id").GetString()!;
            Assert.True(status == 503 && attempt < 20, $"{status} {body}");
        }
    }

    /// <summary>Hangs up whoever is talked to; the call that waits in line is let through by that.</summary>
    private bool Ended(string call, JsonElement body)
    {
        if (cluster.Switch.LiveChannels.Contains(Guid.Parse(call)))
            cluster.Switch.HangUp(Guid.Parse(call));
        return body.GetProperty("phase").GetString() == "ended";
    }

    private async Task Made(int count)
    {
        await cluster.Until("cluster", _ => Orders().Count >= count);
        Assert.Equal(count, Orders().Count);
    }

    private async Task Rule(string number)
    {
        var rule = new
        {
            rule_id = "limits",
            name = "Limits",
            event_type = "smoke",
            scope = new { msisdn = number },
            actions = new[] { new { type = "call", targets = new[] { "+" + Alarmed } } },
        };
        await cluster.Make("rules", rule);
    }

    private async Task Tell(string key)
    {
        var alarm = new
        {
            event_id = "limits",
            device_id = "limits-smoke",
            event_type = "smoke",
        };
        var (status, body) = await cluster.Ask(1, HttpMethod.Post, "events", alarm, key);
        Assert.True(status == 202, $"{status} {body}");
    }
}
