using System.Text.Json;

namespace IotOrleans.Tests;

/// <summary>Rules tried on what has happened, and why nothing happened.</summary>
public sealed class RehearsalTests(SharedHouse house)
{
    private readonly string _id = Guid.NewGuid().ToString("N")[..8];

    private string Device => "smoke-" + _id;

    [Fact]
    public async Task A_draft_is_compared_with_the_rule_and_nothing_is_done()
    {
        await Happened(3, 9, 12);
        await house.CallRule("rule-" + _id, "level", $$"""{"device_id": "{{Device}}"}""", ["+79172000011"]);
        var draft = $$"""
            {"name": "draft", "event_type": "level", "scope": {"device_id": "{{Device}}"},
             "conditions": {"payload": [{"path": "level", "op": "gt", "value": 5}]},
             "actions": [{"type": "call", "targets": ["+79172000011", "+79172000012"]}]}
            """;
        var asked = await Rehearse("rule-" + _id, draft);
        Assert.Equal((3, 2), (Number(asked, "events_seen"), Number(asked.GetProperty("rule"), "fired")));
        Assert.Equal(
            (4, 3),
            (Number(asked.GetProperty("rule"), "calls"), Number(asked.GetProperty("current"), "fired"))
        );
        Assert.Equal((0, 1), (Number(asked, "gained"), Number(asked, "lost")));
        Assert.Equal(asked.ToString(), (await Rehearse("rule-" + _id, draft)).ToString());

        Assert.DoesNotContain(
            house.Switch.Orders,
            order => order.Number.StartsWith("7917200001", StringComparison.Ordinal)
        );
        Assert.Equal(0, Count(await house.Get($"incidents?device_id={Device}")));
        Assert.Equal(3, Count(await house.Get($"event-logs?device_id={Device}")));
    }

    [Fact]
    public async Task A_rule_that_is_none_yet_is_rehearsed_as_its_draft()
    {
        await Happened(1);
        var draft = $$"""
            {"name": "draft", "event_type": "level", "scope": {"device_id": "{{Device}}"},
             "actions": [{"type": "call", "targets": ["+79172000011"]}]}
            """;
        var asked = await Rehearse("new-" + _id, draft);
        Assert.Equal(1, Number(asked.GetProperty("rule"), "fired"));
        Assert.False(asked.TryGetProperty("current", out var current) && current.ValueKind == JsonValueKind.Object);
        Assert.Equal(404, (await Ask("new-" + _id, "{\"from\": \"2026-01-01T00:00:00Z\"}")).Status);
    }

    [Theory]
    [InlineData("""{"from": "2090-01-01T00:00:00Z"}""", "from")]
    [InlineData("""{"from": "2020-01-01T00:00:00Z"}""", "from")]
    [InlineData("""{"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z", "limit": 0}""", "limit")]
    public async Task A_time_without_bounds_is_refused(string body, string field)
    {
        await house.Register(Device, "other");
        await house.CallRule("rule-" + _id, "level", $$"""{"device_id": "{{Device}}"}""", ["+79172000011"]);
        var (status, problem) = await Ask("rule-" + _id, body);
        Assert.Equal(422, status);
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _), problem.ToString());
    }

    [Fact]
    public async Task An_event_without_an_incident_says_which_rule_there_would_have_to_be()
    {
        await Happened(1);
        var why = await house.Get($"event-logs/e-0-{_id}/explain");
        var missing = Assert.Single(why.GetProperty("would_act").EnumerateArray()).GetString();
        Assert.StartsWith($"a rule for level with the scope device_id {Device}", missing, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_that_a_rule_passed_over_says_what_would_have_made_it_act()
    {
        var key = await house.Register(Device, "other");
        await house.Post(
            "rules",
            $$"""
            {"name": "high", "event_type": "level", "scope": {"device_id": "{{Device}}"},
             "conditions": {"payload": [{"path": "level", "op": "gt", "value": 5}]},
             "actions": [{"type": "call", "targets": ["+79172000011"]}]}
            """,
            201
        );
        await house.Tell(key, Device, "level", "low-" + _id, """{"level": 3}""");
        var why = await house.Get($"event-logs/low-{_id}/explain");
        Assert.Contains("level gt 5 (it was 3)", why.GetProperty("would_act")[0].GetString(), StringComparison.Ordinal);
    }

    private async Task Happened(params int[] levels)
    {
        var key = await house.Register(Device, "other");
        foreach (var (index, level) in levels.Index())
        {
            var (status, _) = await house.Tell(key, Device, "level", $"e-{index}-{_id}", $$"""{"level": {{level}}}""");
            Assert.Equal(202, status);
        }
    }

    private async Task<JsonElement> Rehearse(string rule, string draft)
    {
        var from = DateTimeOffset.UtcNow.AddDays(-1).ToString("O");
        var (status, body) = await Ask(rule, $$"""{"from": "{{from}}", "rule": {{draft}}}""");
        Assert.True(status == 200, body.ToString());
        return body;
    }

    private Task<(int Status, JsonElement Body)> Ask(string rule, string body) =>
        house.Ask(HttpMethod.Post, $"rules/{rule}/rehearsal", body);

    private static int Number(JsonElement of, string member) => of.GetProperty(member).GetInt32();

    private static int Count(JsonElement page) => page.GetProperty("items").GetArrayLength();
}
