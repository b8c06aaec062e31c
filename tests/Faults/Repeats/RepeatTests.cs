using System.Collections.Concurrent;

namespace IotOrleans.Tests;

/// <summary>The same facts, told by many, again and again and in any order.</summary>
public sealed class RepeatTests(WholeHouse house, ITestOutputHelper output) : IClassFixture<WholeHouse>
{
    private const int Clients = 8;
    private const int Facts = 24;
    private const int RepeatsMax = 3;
    private const string Target = "+79162220014";

    [Fact]
    public async Task Told_by_eight_in_any_order_and_after_a_restart_each_fact_is_one_incident_and_one_set_of_calls()
    {
        var seed = Seed.Next(output);
        var body = """{"name": "repeats", "role": "hub"}""";
        var key = (await house.Post("api-keys", body, 201)).GetProperty("key").GetString()!;
        for (var device = 0; device < 4; device++)
            await house.Register($"rep-{device}", "sensor_smoke");
        await house.CallRule("rep", "smoke", """{"device_type": "sensor_smoke"}""", [Target, "+79162220004"]);

        var answers = new ConcurrentBag<(string Event, string Status, string Incident)>();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(() => Tell(new(seed + client)))));
        Assert.All(
            answers.GroupBy(answer => answer.Event),
            told =>
            {
                Assert.Single(told, answer => answer.Status == "accepted");
                Assert.Single(told.Select(answer => answer.Incident).Distinct());
            }
        );
        Assert.Equal(Facts, answers.DistinctBy(answer => answer.Event).Count());

        // What the devices' grains remember is gone: the rows know.
        var incidents = answers.DistinctBy(answer => answer.Event).ToDictionary(one => one.Event, one => one.Incident);
        foreach (var incident in incidents.Values)
            await house.IncidentEnds(incident);
        await house.Restart();
        answers.Clear();
        await Tell(new(seed));
        Assert.All(
            answers,
            answer => Assert.Equal(("duplicate", incidents[answer.Event]), (answer.Status, answer.Incident))
        );

        var called = (await house.Get($"calls?msisdn={Uri.EscapeDataString(Target)}&limit=200")).GetProperty("items");
        Assert.Equal(Facts, called.GetArrayLength());

        async Task Tell(Random random)
        {
            var order = Enumerable
                .Range(0, Facts)
                .SelectMany(fact => Enumerable.Repeat(fact, random.Next(1, RepeatsMax + 1)));
            var shuffled = order.ToArray();
            random.Shuffle(shuffled);
            foreach (var fact in shuffled)
            {
                var (status, answer) = await house.Tell(key, $"rep-{fact % 4}", "smoke", $"fact-{fact}");
                Assert.Equal(202, status);
                answers.Add(
                    (
                        $"fact-{fact}",
                        answer.GetProperty("status").GetString()!,
                        answer.GetProperty("incidents")[0].GetString()!
                    )
                );
            }
        }
    }
}
