using System.Diagnostics.Metrics;
using System.Text.Json;
using IotOrleans.Hosting;
using IotOrleans.Retention;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IotOrleans.Tests;

/// <summary>What the API says of what is gone, and what happens when it comes anew.</summary>
public sealed class RetentionTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    [Fact]
    public async Task What_is_gone_is_not_found_and_told_again_it_is_a_new_event_that_calls()
    {
        var key = await house.Register("smoke-1", "sensor_smoke");
        await house.CallRule("fire", "smoke", """{"device_id": "smoke-1"}""", ["+79161110003"]);
        var incident = await Told(key, "s-1");
        var call = Assert.Single(
            (await house.Get("calls?limit=10")).GetProperty("items").EnumerateArray(),
            row => row.GetProperty("incident_id").GetString() == incident
        );
        string[] paths =
        [
            "incidents/" + incident,
            $"incidents/{incident}/explain",
            "event-logs/s-1/explain",
            "calls/" + call.GetProperty("call_id").GetString(),
        ];
        foreach (var path in paths)
            Assert.Equal(200, (await house.Ask(HttpMethod.Get, path)).Status);
        await house.Until("cdrs", list => Ids(list, "call_id").Contains(call.GetProperty("call_id").GetString()));

        await Pass(days: 401);

        foreach (var path in paths)
            Assert.Equal((path, 404), (path, (await house.Ask(HttpMethod.Get, path)).Status));
        foreach (var list in new[] { "incidents", "event-logs?device_id=smoke-1", "calls" })
            Assert.Empty((await house.Get(list)).GetProperty("items").EnumerateArray());
        Assert.Contains(call.GetProperty("call_id").GetString(), Ids(await house.Get("cdrs"), "call_id"));
        Assert.Contains("table=\"events\"", await house.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative)));

        // What a device's grain remembers is not what is promised.
        await house.Restart();
        Assert.Equal(incident, await Told(key, "s-1"));
    }

    [Fact]
    public async Task A_state_that_lasts_is_none_that_begins_also_when_its_beginning_is_gone()
    {
        var key = await house.Register("leak-1", "sensor_leak");
        await house.CallRule("leak", "leak", """{"device_id": "leak-1"}""", ["+79161110002"]);
        var (_, begins) = await house.Tell(key, "leak-1", "leak", "l-1", """{"active": true}""");
        await house.IncidentEnds(begins.GetProperty("incidents")[0].GetString()!);

        await Pass(days: 401);
        await house.Restart();

        var (status, goesOn) = await house.Tell(key, "leak-1", "leak", "l-2", """{"active": true}""");
        Assert.Equal((202, 0), (status, goesOn.GetProperty("incidents").GetArrayLength()));
        Assert.Contains("no_edge", (await house.Get("event-logs/l-2/explain")).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("EventDays", "6")]
    [InlineData("EventDays", "a year")]
    public async Task A_house_whose_number_of_days_cannot_be_does_not_start_and_names_it(string setting, string days)
    {
        var refused = await Assert.ThrowsAnyAsync<Exception>(() =>
            House.Start([
                "--environment=Development",
                "--urls=http://127.0.0.1:0",
                $"--ConnectionStrings:Postgres={house.ConnectionString}",
                $"--Retention:{setting}={days}",
            ])
        );
        Assert.Contains(setting, refused.Message, StringComparison.Ordinal);
        Assert.Contains("Retention", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_a_part_of_the_house()
    {
        var parts = (await house.Get("/health/ready")).GetProperty("parts");
        Assert.Equal("up", parts.GetProperty("retention").GetProperty("status").GetString());
    }

    /// <summary>Tells of smoke, and waits until all that comes of it is over.</summary>
    private async Task<string> Told(string key, string eventId)
    {
        var (status, body) = await house.Tell(key, "smoke-1", "smoke", eventId);
        Assert.Equal((202, "accepted"), (status, body.GetProperty("status").GetString()));
        var incident = body.GetProperty("incidents")[0].GetString()!;
        await house.IncidentEnds(incident);
        await house.Until("calls?limit=10", AreOver);
        return incident;

        static bool AreOver(JsonElement list) => Ids(list, "phase").All(phase => phase == "ended");
    }

    /// <summary>Removes what is old after so many days; waits for what has just ended to be written down.</summary>
    private async Task Pass(int days)
    {
        var patience = System.Diagnostics.Stopwatch.StartNew();
        while (await Left() > 0)
        {
            Assert.True(patience.Elapsed < TimeSpan.FromMinutes(2), "Something stays.");
            var clock = new FakeTime(TimeProvider.System.GetUtcNow().AddDays(days));
            using var keeper = new RetentionKeeper(
                house.Service<NpgsqlDataSource>(),
                Options.Create(new RetentionOptions()),
                new(house.Service<IMeterFactory>()),
                clock,
                NullLogger<RetentionKeeper>.Instance
            );
            var work = Task.Run(() => keeper.Work(CancellationToken.None));
            while (!work.IsCompleted)
            {
                if (clock.IsAwaited)
                    clock.Advance(TimeSpan.FromMilliseconds(20));
                await Task.Yield();
            }
            await work;
        }
    }

    private async Task<long> Left()
    {
        await using var ask = house.Source.CreateCommand(
            "select (select count(*) from events) + (select count(*) from incidents) + (select count(*) from calls)"
        );
        return (long)(await ask.ExecuteScalarAsync())!;
    }

    private static string?[] Ids(JsonElement list, string name) =>
        [.. list.GetProperty("items").EnumerateArray().Select(row => row.GetProperty(name).GetString())];
}
