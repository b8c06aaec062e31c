using System.Text.Json;

namespace IotOrleans.Tests;

/// <summary>What people who were called say by a key, over a switch that is told and asked.</summary>
public sealed class AnswerKeyTests(SharedHouse house)
{
    private readonly string _id = Guid.NewGuid().ToString("N")[..8];

    [Fact]
    public async Task Who_presses_2_ends_a_false_alarm_and_nobody_else_is_called()
    {
        var incident = await Smoke("+79171000111", "+79171000112");
        house.Switch.Press(await Answered(incident, "+79171000111"), "2");
        var ended = await house.IncidentEnds(incident);
        Assert.Equal("cancelled", ended.GetProperty("status").GetString());
        Assert.Equal("a false alarm, says +79171000111", ended.GetProperty("note").GetString());
        Assert.DoesNotContain(house.Switch.Orders, order => order.Number == "79171000112");
    }

    [Fact]
    public async Task Who_presses_5_has_the_next_one_called_at_once_and_that_one_acknowledges()
    {
        var incident = await Smoke("+79171000211", "+79171000205");
        house.Switch.Press(await Answered(incident, "+79171000211"), "5");
        var ended = await house.IncidentEnds(incident);
        Assert.Equal("acknowledged", ended.GetProperty("status").GetString());
        Assert.Equal("+79171000205", ended.GetProperty("acknowledged_by").GetString());
        Assert.Equal("escalated", Attempts(ended).First().GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task One_motion_sensor_asks_the_home_and_two_call()
    {
        string[] keys =
        [
            await Sensor("motion-1", "north"),
            await Sensor("motion-2", "north"),
            await Sensor("motion-3", "south"),
        ];
        await house.Post(
            "rules",
            """
            {"name": "burglars", "event_type": "intrusion", "scope": {"msisdn": "+79171000010"},
             "corroboration": {"devices": 2, "within_seconds": 600, "otherwise": "close"},
             "actions": [{"type": "call", "targets": ["+79171000311"]}]}
            """,
            201
        );
        var first = await Tell(keys[0], "motion-1");
        var elsewhere = await Tell(keys[2], "motion-3");
        Assert.NotEqual(first, elsewhere);
        Assert.Equal(
            "waiting",
            Attempts(await house.Get($"incidents/{first}")).Single().GetProperty("outcome").GetString()
        );
        Assert.DoesNotContain(house.Switch.Orders, order => order.Number == "79171000311");

        Assert.Equal(first, await Tell(keys[1], "motion-2"));
        var ended = await house.IncidentEnds(first);
        Assert.Equal("completed", ended.GetProperty("status").GetString());
        Assert.Equal("corroborated", Attempts(ended).First().GetProperty("outcome").GetString());
        Assert.Equal(2, ended.GetProperty("event_count").GetInt32());
        Assert.Single(house.Switch.Orders, order => order.Number == "79171000311");
    }

    [Fact]
    public async Task A_fire_may_wait_for_a_second_report_but_never_end_for_want_of_it()
    {
        var (status, problem) = await house.Ask(
            HttpMethod.Post,
            "rules",
            """
            {"name": "fire", "event_type": "smoke", "scope": {"msisdn": "+79171000010"},
             "corroboration": {"devices": 2, "otherwise": "close"},
             "actions": [{"type": "call", "targets": ["+79171000311"]}]}
            """
        );
        Assert.Equal(422, status);
        Assert.True(problem.GetProperty("errors").TryGetProperty("corroboration.otherwise", out _), $"{problem}");
    }

    private Task<string> Sensor(string name, string zone) =>
        house.Register($"{name}-{_id}", "sensor_intrusion", "+79171000010", $$""", "zone": "{{zone}}" """);

    private async Task<string> Tell(string key, string name)
    {
        var (_, body) = await house.Tell(key, $"{name}-{_id}", "intrusion", "e-" + _id);
        return body.GetProperty("incidents")[0].GetString()!;
    }

    private async Task<string> Smoke(params string[] targets)
    {
        var device = "smoke-" + _id;
        var key = await house.Register(device, "sensor_smoke");
        await house.CallRule(
            "rule-" + _id,
            "smoke",
            $$"""{"device_id": "{{device}}"}""",
            targets,
            """, "mode": "until_acknowledged" """
        );
        var (_, body) = await house.Tell(key, device, "smoke", "e-1");
        return body.GetProperty("incidents")[0].GetString()!;
    }

    /// <summary>The leg to this number, once somebody is on it.</summary>
    private async Task<Guid> Answered(string incident, string number)
    {
        var now = await house.Until(
            $"incidents/{incident}",
            here => Attempts(here).Any(attempt => Is(attempt, number, "answered"))
        );
        return Attempts(now).Single(attempt => Is(attempt, number, "answered")).GetProperty("call_id").GetGuid();
    }

    private static bool Is(JsonElement attempt, string number, string outcome) =>
        attempt.GetProperty("target").GetString() == number && attempt.GetProperty("outcome").GetString() == outcome;

    private static JsonElement.ArrayEnumerator Attempts(JsonElement incident) =>
        incident.GetProperty("attempts").EnumerateArray();
}
