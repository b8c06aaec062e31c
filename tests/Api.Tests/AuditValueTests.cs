using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using IotOrleans.Access;

namespace IotOrleans.Tests;

/// <summary>What people change is in the audit log with what was there before and what is there after.</summary>
public sealed class AuditValueTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    private const string Subscription = "11111111-2222-3333-4444-555555555555";

    // In this order, each as the administrator: what is sent, and which words stand in its entry before and after. An
    // address may name what the answer before it has called {id}.
    private static readonly Step[] Steps =
    [
        new(
            "POST /users",
            """{"username": "olga", "password": "a long password", "role": "operator"}""",
            "",
            "operator"
        ),
        new("PATCH /users/olga", """{"active": false}""", "{active:true}", "{active:false}"),
        new("PATCH /users/olga", """{"password": "another long one"}""", "", ""),
        new("DELETE /users/olga", null, "username:olga", ""),
        new("POST /api-keys", """{"name": "cellar", "role": "hub"}""", "", "name:cellar", Named: "key_id"),
        new("DELETE /api-keys/{id}", null, "{}", "{revoked_at:"),
        new("POST /customers", """{"customer_id": "taxi", "name": "Taxi Nord"}""", "", "name:Taxi Nord"),
        new("POST /devices", """{"device_id": "smoke-1", "type": "sensor_smoke"}""", "", "api_key:(hidden)"),
        new("PATCH /devices/smoke-1", """{"room": "hall"}""", "{", "room:hall"),
        new("PATCH /devices/smoke-1", """{"room": "attic"}""", "room:hall", "room:attic"),
        new("POST /devices/smoke-1/api-key", """{"overlap_seconds": 60}""", "keys:[{", "valid_until"),
        new("DELETE /devices/smoke-1/api-key/old", null, "valid_until", "keys:[{"),
        new("POST /devices/smoke-1/secret", """{"overlap_seconds": 60}""", "", "secret_id"),
        new("PUT /subscribers/+79160000010", """{"display_name": "Olga"}""", "", "display_name:Olga"),
        new(
            "PUT /subscribers/+79160000010",
            """{"display_name": "Vera"}""",
            "{display_name:Olga}",
            "{display_name:Vera}"
        ),
        new(
            "POST /subscribers/+79160000010/silences",
            """{"silence_id": "s1", "until": "{tomorrow}", "reason": "painters"}""",
            "",
            "reason:painters"
        ),
        new("DELETE /subscribers/+79160000010/silences/s1", null, "reason:painters", ""),
        new("DELETE /subscribers/+79160000010", null, "display_name:Vera", ""),
        new("POST /rules", Rule("Fire"), "", "name:Fire"),
        new("PUT /rules/r1", Rule("Smoke"), "{name:Fire,version:1}", "{name:Smoke,version:2}"),
        new("DELETE /rules/r1", null, "name:Smoke", ""),
        new("POST /devices", """{"device_id": "hub-1", "type": "hub"}""", "", "type:hub"),
        new("PUT /hubs/hub-1", """{"vendor": "homeassistant"}""", "", "vendor:homeassistant"),
        new(
            "PUT /hubs/hub-1",
            """{"vendor": "homeassistant", "require_signature": true}""",
            "{require_signature:false}",
            "{require_signature:true}"
        ),
        new("POST /hubs/hub-1/secret", """{"secret": "a secret of the maker"}""", "[]", "secret_id", "secret_id"),
        new("POST /hubs/hub-1/secret", """{"overlap_seconds": 60}""", "secret_id", "expires_at"),
        new("DELETE /hubs/hub-1/secrets/{id}", null, "expires_at", "secret_id"),
        new("DELETE /devices/hub-1", null, "type:hub", ""),
        new(
            "POST /subscriptions",
            $$"""
            {"subscription_id": "{{Subscription}}", "url": "https://bill.example/in?let=me", "event_types": ["cdr"]}
            """,
            "",
            "url:https://bill.example/in?(hidden)"
        ),
        new($"DELETE /subscriptions/{Subscription}", null, "event_types:[cdr]", ""),
        new("POST /emergency-numbers/approve", "{}", "{approved_by:[]}", "{approved_by:[admin]}"),
        new("POST /emergency-numbers/switch-off", "{}", "{approved_by:[admin]}", "{approved_by:[]}"),
        new(
            "POST /mask-pools",
            """{"name": "audited", "from": "+78131000000", "to": "+78131000009"}""",
            "",
            "name:audited"
        ),
        new(
            "POST /masks",
            """{"real": "+79266013011", "pool": "audited", "note": "courier"}""",
            "",
            "real:+7*****11,shown:+78131",
            Named: "mask_id"
        ),
        new("PATCH /masks/{id}", """{"note": "driver"}""", "note:courier", "note:driver"),
        new("PATCH /masks/{id}", """{"blocked": ["+79266013012"]}""", "{", "blocked:[+7*****12]"),
        new("DELETE /masks/{id}", null, "{", "end_reason:released by admin"),
        new("POST /masks/generate", """{"pool": "audited", "reals": ["+79266013013"]}""", "", "masks:[{mask_id:"),
        new(
            "POST /mask-sessions",
            """{"a": "+79266013021", "b": "+79266013022", "pool": "audited"}""",
            "",
            "a:+7*****21,b:+7*****22",
            Named: "session_id"
        ),
        new("DELETE /mask-sessions/{id}", null, "{", "end_reason:closed by admin"),
    ];

    // These change no setting: what they did is a record of its own, with the same trace. Imports have a test of their
    // own.
    private static readonly string[] Commands =
    [
        "POST /calls",
        "POST /calls/join",
        "POST /calls/{call_id}/hangup",
        "POST /calls/{call_id}/transfer",
        "POST /incidents/{incident_id}/acknowledge",
        "POST /incidents/{incident_id}/cancel",
        "POST /masks/import",
        "POST /masks/imports/{import_id:guid}/apply",
        "POST /sms",
        "POST /dead-letters/{posting_id:guid}/replay",
        // Nothing is changed by these.
        "POST /browsers/credentials",
        "POST /rules/{rule_id}/dry-run",
        "POST /rules/{rule_id}/rehearsal",
        "POST /hubs/{hub_id}/dry-run",
    ];

    [Fact]
    public async Task Each_change_of_a_setting_is_in_the_audit_log_with_the_old_and_the_new_value_and_no_secret()
    {
        var (id, untold) = ("", new List<string>());
        foreach (var step in Steps)
        {
            var (method, path) = (step.Route.Split(' ')[0], step.Route.Split(' ')[1].Replace("{id}", id));
            var tomorrow = DateTimeOffset.UtcNow.AddDays(1).ToString("O");
            var (status, body) = await house.Ask(new(method), path[1..], step.Body?.Replace("{tomorrow}", tomorrow));
            Assert.True(status is >= 200 and < 300, $"{step.Route} answered {status}: {body}");
            if (step.Named is { } name)
                id = body.GetProperty(name).ToString();
            var entry = (await house.Get("audit-log?limit=1")).GetProperty("items")[0];
            Assert.Equal($"/api/v1{path}", entry.GetProperty("target").GetString());
            if (!Tells(entry, "before", step.Before) || !Tells(entry, "after", step.After))
                untold.Add($"{step.Route}: {entry}");
        }
        Assert.True(untold.Count == 0, string.Join('\n', untold));
        var log = (await house.Get("audit-log?limit=500")).ToString();
        Assert.All(
            ["a long password", "another long one", "a secret of the maker", "let=me", "iot_", "+79266013"],
            secret => Assert.DoesNotContain(secret, log, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Who_does_not_wait_for_the_answer_has_done_it_all_the_same()
    {
        var (_, mask) = await house.Ask(
            HttpMethod.Post,
            "masks",
            """{"real": "+79266014021", "shown": "+78132000021"}"""
        );
        var path = $"masks/{mask.GetProperty("mask_id")}";
        // Of two processes one is slow to hear of it: until then nobody is answered.
        await Run("insert into mask_mirrors values (gen_random_uuid(), 0, now() + interval '1 hour')");
        using var impatience = new CancellationTokenSource();
        using var request = house.Request(HttpMethod.Delete, path);
        var answer = house.Http.SendAsync(request, impatience.Token);
        await house.Until(path, released => released.TryGetProperty("ended_at", out _));
        await impatience.CancelAsync();
        await ((Task)answer).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext
        );
        await Run("delete from mask_mirrors where seen = 0");

        await house.Until("audit-log?limit=5", log => log.GetProperty("items").EnumerateArray().Any(IsRelease));

        bool IsRelease(JsonElement entry) =>
            Text(entry, "target") == $"/api/v1/{path}"
            && Text(entry, "action")!.StartsWith("DELETE", StringComparison.Ordinal)
            && Tells(entry, "after", "end_reason:released by admin");
    }

    [Theory]
    [InlineData("{\"pin\":1234}", "{\"pin\":\"(hidden)\"}")]
    [InlineData("{\"accessToken\":{\"a\":1}}", "{\"accessToken\":\"(hidden)\"}")]
    [InlineData("{\"APIKey\":[1]}", "{\"APIKey\":\"(hidden)\"}")]
    [InlineData("{\"API_KEY\":true}", "{\"API_KEY\":\"(hidden)\"}")]
    [InlineData("{\"monkey\":1,\"secret_id\":\"s\",\"Keyboard\":2}", null)]
    public void However_a_secret_is_written_it_is_hidden(string made, string? told)
    {
        var change = AuditChange.Between(null, JsonNode.Parse(made), []);
        Assert.Equal(told ?? made, change.After?.Text);
    }

    [Fact]
    public async Task Of_an_import_the_log_has_how_many_masks_it_made_and_no_number()
    {
        using var request = house.Request(HttpMethod.Post, "masks/import?apply=false");
        request.Content = new StringContent("real,shown\n+79266014001,+78132000001\n", null, "text/csv");
        using var answer = await house.Http.SendAsync(request);
        var import = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("import_id").GetString();
        Assert.Equal(200, (await house.Ask(HttpMethod.Post, $"masks/imports/{import}/apply", "{}")).Status);

        var entries = (await house.Get("audit-log?limit=2")).GetProperty("items").EnumerateArray().ToList();
        foreach (var (entry, status) in entries.Zip(["applied", "ready"]))
        {
            Assert.True(Tells(entry, "after", $"status:{status}") && Tells(entry, "after", "accepted:1"), $"{entry}");
            Assert.DoesNotContain("9266014001", $"{entry}", StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Each_route_by_which_people_change_something_is_tried_here()
    {
        var tried = Steps.Select(step => Pattern(step.Route)).Concat(Commands.Select(Pattern)).ToHashSet();
        var routes = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "routes.txt"))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words =>
                words is [not ("Everybody" or "Gateway" or "Hook" or "Report" or "Route" or "Speaker"), not "GET", _]
            )
            .Select(words => Pattern($"{words[1]} {words[2].Replace("/api/v1", "", StringComparison.Ordinal)}"));

        Assert.DoesNotContain(routes, route => !tried.Any(known => Fits(route, known)));
    }

    [Fact]
    public async Task A_change_that_was_refused_has_no_values_and_a_login_says_who_it_was()
    {
        const string Weak = """{"username": "x", "password": "short", "role": "operator"}""";
        Assert.Equal(422, (await house.Ask(HttpMethod.Post, "users", Weak)).Status);
        var entries = (await house.Get("audit-log?limit=500")).GetProperty("items").EnumerateArray().ToList();

        var refused = entries.Find(entry => entry.GetProperty("outcome").GetString() == "refused 422");
        Assert.True(Tells(refused, "before", "") && Tells(refused, "after", ""), $"{refused}");
        Assert.Contains(
            entries,
            entry => (Text(entry, "who"), Text(entry, "action"), Text(entry, "outcome")) == ("admin", "login", "done")
        );
    }

    private async Task Run(string sql)
    {
        await using var command = house.Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static string? Text(JsonElement entry, string member) => entry.GetProperty(member).GetString();

    // Nothing to tell is no member at all.
    private static bool Tells(JsonElement entry, string member, string words) =>
        entry.TryGetProperty(member, out var value)
            ? words.Length > 0 && value.GetRawText().Replace("\"", "").Contains(words, StringComparison.Ordinal)
            : words.Length == 0;

    private static string[] Pattern(string route) => route.Split(' ', '/');

    private static bool Fits(string[] route, string[] known) =>
        route.Length == known.Length
        && route.Zip(known).All(part => part.First == part.Second || part.First.StartsWith('{'));

    private static string Rule(string name) =>
        $$"""
            {"rule_id": "r1", "name": "{{name}}", "event_type": "smoke", "scope": {"msisdn": "+79160000010"},
             "actions": [{"type": "call", "targets": ["+79160000010"]}]}
            """;

    /// <param name="Before">Part of what stands there, without its quotes; empty: nothing may stand there.</param>
    private sealed record Step(string Route, string? Body, string Before, string After, string? Named = null);
}
