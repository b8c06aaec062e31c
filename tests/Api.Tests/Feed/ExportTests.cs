using System.Text.Json;

namespace IotOrleans.Tests.Feed;

/// <summary>TAS-55, TAS-81: what happened and what was called, for billing and audit.</summary>
public sealed class ExportTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    private readonly string _id = Guid.NewGuid().ToString("N")[..8];

    [Fact]
    public async Task Tas_55_exports_one_after_another_hold_every_event_once_and_in_order()
    {
        var key = await house.Register("button-" + _id, "other", "+79320000001");
        var after = await Through("events", 0);
        var (seen, told) = (new List<string>(), 0);
        for (var round = 0; round < 3; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Press(key, Interlocked.Increment(ref told))));
            var (lines, through) = await Lines("events", after);
            seen.AddRange(lines.Select(line => line.GetProperty("event_id").GetString()!));
            Assert.All(lines, line => Assert.InRange(line.GetProperty("seq").GetInt64(), after + 1, through));
            after = through;
        }
        Assert.Equal(60, seen.Count);
        Assert.Equal(60, seen.Distinct().Count());
        Assert.Empty((await Lines("events", after)).Lines);
    }

    [Fact]
    public async Task Tas_55_a_call_is_a_line_of_both_forms_and_nothing_in_it_is_a_formula()
    {
        var after = await Through("cdrs", 0);
        var started = await house.Post("calls", """{"to": "+79165550300", "message": {"text": "test"}}""", 202);
        var call = started.GetProperty("call_id").GetString()!;
        await house.Until("cdrs?msisdn=%2B79165550300", page => page.GetProperty("items").GetArrayLength() == 1);

        var (lines, through) = await Lines("cdrs", after);
        var line = Assert.Single(lines, line => line.GetProperty("call_id").GetString() == call);
        Assert.Equal("USER_BUSY", line.GetProperty("hangup_cause").GetString());
        var csv = await Text($"/api/v1/exports/cdrs?format=csv&after={after}");
        var rows = csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("seq,call_id,direction,from,to,", rows[0], StringComparison.Ordinal);
        Assert.Equal(lines.Length, rows.Length - 1);
        Assert.DoesNotContain(
            rows.Skip(1).SelectMany(row => row.Split(',')),
            cell => cell is ['=' or '@' or '-', ..] or ['+', not (>= '0' and <= '9'), ..]
        );
        Assert.Empty((await Lines("cdrs", through)).Lines);
    }

    [Fact]
    public async Task A_period_bounds_what_is_exported_and_what_is_wrong_is_named()
    {
        var key = await house.Register("button-" + _id, "other", "+79320000003");
        var after = await Through("events", 0);
        await Press(key, 1);
        Assert.Single((await Lines("events", after, "&from=2020-01-01T00:00:00Z")).Lines);
        Assert.Empty((await Lines("events", after, "&to=2020-01-01T00:00:00Z")).Lines);
        foreach (var wrong in new[] { "format=xml", "after=-1", "from=yesterday" })
            Assert.Equal(422, (await house.Ask(HttpMethod.Get, "exports/cdrs?" + wrong)).Status);
    }

    [Fact]
    public async Task Tas_55_a_closed_record_is_never_changed_by_the_products_own_user()
    {
        await house.Post("calls", """{"to": "+79165550400", "message": {"text": "test"}}""", 202);
        await house.Until("cdrs?msisdn=%2B79165550400", page => page.GetProperty("items").GetArrayLength() == 1);
        foreach (var sql in new[] { "update cdrs set billable_seconds = 0", "delete from cdrs" })
        {
            await using var command = house.Source.CreateCommand(sql);
            var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => command.ExecuteNonQueryAsync());
            Assert.Contains("append-only", refused.MessageText, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Tas_81_from_an_event_everything_that_followed_is_seen_in_one_answer()
    {
        var key = await house.Register("smoke-" + _id, "sensor_smoke", "+79320000005");
        await house.Post(
            "rules",
            """
            {"name": "fire", "event_type": "smoke", "scope": {"msisdn": "+79320000005"}, "actions": [
              {"type": "send_sms", "targets": ["+79165550501"], "text": "Smoke"},
              {"type": "call", "targets": ["+79165550500", "+79165550503"]}]}
            """,
            201
        );
        var (_, told) = await house.Tell(key, "smoke-" + _id, "smoke", "e-" + _id);
        await house.IncidentEnds(told.GetProperty("incidents")[0].GetString()!);

        var trail = await house.Until($"event-logs/e-{_id}/trail", seen => Count(seen, "cdrs") == 2);
        Assert.Equal((1, 2, 1), (Count(trail, "incidents"), Count(trail, "calls"), Count(trail, "messages")));
        Assert.Equal("e-" + _id, trail.GetProperty("event").GetProperty("event_id").GetString());
        foreach (var cdr in trail.GetProperty("cdrs").EnumerateArray())
            Assert.Equal("e-" + _id, cdr.GetProperty("event_id").GetString());
        Assert.Equal(404, (await house.Ask(HttpMethod.Get, "event-logs/no-such-event/trail")).Status);

        static int Count(JsonElement json, string member) => json.GetProperty(member).GetArrayLength();
    }

    private async Task Press(string key, int number) =>
        Assert.Equal(202, (await house.Tell(key, "button-" + _id, "button", $"{_id}-{number}")).Status);

    private async Task<long> Through(string what, long after) => (await Lines(what, after)).Through;

    private async Task<(JsonElement[] Lines, long Through)> Lines(string what, long after, string more = "")
    {
        using var answer = await Get($"/api/v1/exports/{what}?format=jsonl&after={after}{more}");
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        Assert.Equal("application/jsonl", answer.Content.Headers.ContentType?.MediaType);
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return (
            [.. lines.Select(line => JsonSerializer.Deserialize<JsonElement>(line))],
            long.Parse(answer.Headers.GetValues("Export-Through").Single(), null)
        );
    }

    private async Task<string> Text(string path)
    {
        using var answer = await Get(path);
        return await answer.Content.ReadAsStringAsync();
    }

    private Task<HttpResponseMessage> Get(string path) => house.Http.SendAsync(house.Request(HttpMethod.Get, path));
}
