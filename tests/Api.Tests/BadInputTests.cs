using System.Text.Json;

namespace IotOrleans.Tests;

/// <summary>What is wrong is refused with the name of what is wrong, and changes nothing.</summary>
public sealed class BadInputTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    private const string UnknownDevice = """
        {"name": "n", "event_type": "e", "scope": {"device_id": "nobody"},
         "actions": [{"type": "webhook", "url": "https://a.b"}]}
        """;

    private const string NoNumber = """
        {"name": "n", "event_type": "e", "scope": {"device_type": "hub"},
         "actions": [{"type": "call", "targets": ["x"]}]}
        """;

    private readonly string _id = Guid.NewGuid().ToString("N")[..8];

    [Theory]
    [InlineData("devices", "{", "$")]
    [InlineData("devices", "[]", "$")]
    [InlineData("devices", """{"type": "speaker"}""", "device_id")]
    [InlineData("devices", """{"device_id": "a", "device_id": "b", "type": "speaker"}""", "device_id")]
    [InlineData("devices", """{"device_id": "a b", "type": "speaker"}""", "device_id")]
    [InlineData("devices", """{"device_id": 5, "type": "speaker"}""", "device_id")]
    [InlineData("devices", """{"device_id": "a", "type": "toaster"}""", "type")]
    [InlineData("devices", """{"device_id": "a", "type": 1}""", "type")]
    [InlineData("devices", """{"device_id": "a", "type": "speaker", "msisdn": "call me"}""", "msisdn")]
    [InlineData("devices", """{"device_id": "a", "type": "speaker", "name": "a\u0000b"}""", "name")]
    [InlineData("devices", """{"device_id": "a", "type": "speaker", "endpoint": "nowhere"}""", "endpoint")]
    [InlineData("rules", """{"name": "n", "event_type": "smoke", "scope": {}, "actions": []}""", "actions")]
    [InlineData(
        "rules",
        """{"name": "n", "event_type": "smoke", "scope": {}, "actions": [{"type": "call", "targets": []}]}""",
        "actions[0].targets"
    )]
    [InlineData(
        "rules",
        """{"name": "n", "event_type": "smoke", "scope": {"device_type": "hub"}, "actions": [{"type": "dance"}]}""",
        "actions[0]"
    )]
    [InlineData("rules", UnknownDevice, "scope.device_id")]
    [InlineData("rules", NoNumber, "actions[0].targets[0]")]
    [InlineData("simulate/incoming-call", """{"msisdn": "12"}""", "msisdn")]
    [InlineData("users", """{"username": "u", "password": "short", "role": "operator"}""", "password")]
    [InlineData("users", """{"username": "u", "password": "a long password", "role": "hub"}""", "role")]
    [InlineData("users", """{"username": "u", "password": "a long password", "role": "partner"}""", "subscribers")]
    [InlineData("api-keys", """{"name": "k", "role": "partner", "subscribers": []}""", "subscribers")]
    [InlineData("api-keys", """{"name": "k", "role": "device"}""", "device_ids")]
    public async Task A_wrong_body_is_refused_by_the_name_of_its_member(string path, string body, string field)
    {
        var (status, problem) = await house.Ask(HttpMethod.Post, path, body);
        Assert.Equal(422, status);
        Assert.Equal("urn:iotorleans:problem:validation", problem.GetProperty("type").GetString());
        Assert.Contains(
            problem.GetProperty("errors").EnumerateObject(),
            error => error.Name.StartsWith(field, StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("""{"device_id": "ID", "event_type": "Smoke!"}""", "event_type")]
    [InlineData("""{"device_id": "ID"}""", "event_type")]
    [InlineData("""{"device_id": "ID", "event_type": "smoke", "occurred_at": "yesterday"}""", "occurred_at")]
    [InlineData("""{"device_id": "ID", "event_type": "smoke", "occurred_at": "2026-01-01T10:00:00"}""", "occurred_at")]
    [InlineData("""{"device_id": "ID", "event_type": "smoke", "payload": 5}""", "payload")]
    [InlineData("""{"device_id": "ID", "event_type": "smoke", "payload": {"a": 1, "a": 2}}""", "payload")]
    [InlineData("""{"device_id": "ID", "event_type": "smoke", "event_id": ""}""", "event_id")]
    public async Task A_wrong_event_is_refused_and_not_recorded(string body, string field)
    {
        var device = "dev-" + _id;
        var key = await house.Register(device, "sensor_smoke");
        var (status, problem) = await house.Ask(
            HttpMethod.Post,
            "events",
            body.Replace("ID", device, StringComparison.Ordinal),
            key
        );
        Assert.Equal(422, status);
        Assert.Contains(
            problem.GetProperty("errors").EnumerateObject(),
            error => error.Name.StartsWith(field, StringComparison.Ordinal)
        );
        Assert.Equal(0, (await house.Get("event-logs?device_id=" + device)).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task A_body_that_is_too_large_or_too_deep_is_refused()
    {
        var device = "big-" + _id;
        var key = await house.Register(device, "sensor_smoke");
        Assert.Equal(
            413,
            (await house.Tell(key, device, "smoke", "e-1", $$"""{"a": "{{new string('x', 64 * 1024)}}"}""")).Status
        );
        var deep = string.Concat(Enumerable.Repeat("""{"a":""", 65)) + "1" + new string('}', 65);
        Assert.Equal(422, (await house.Tell(key, device, "smoke", "e-1", deep)).Status);
    }

    [Fact]
    public async Task A_device_cannot_speak_for_another_nor_after_it_was_forgotten()
    {
        string mine = "mine-" + _id,
            other = "other-" + _id;
        var key = await house.Register(mine, "sensor_smoke");
        var theirs = await house.Register(other, "sensor_smoke");
        Assert.Equal(403, (await house.Tell(key, other, "smoke", "e-1")).Status);
        Assert.Contains(
            (await house.Get("audit-log")).GetProperty("items").EnumerateArray(),
            entry => entry.GetProperty("target").GetString() == other
        );

        var rotated = (await house.Post($"devices/{mine}/api-key", "{}", 200)).GetProperty("api_key").GetString()!;
        Assert.Equal(401, (await house.Tell(key, mine, "smoke", "e-1")).Status);
        Assert.Equal(202, (await house.Tell(rotated, mine, "smoke", "e-1")).Status);
        Assert.Equal(204, (await house.Ask(HttpMethod.Delete, "devices/" + other)).Status);
        Assert.Equal(401, (await house.Tell(theirs, other, "smoke", "e-1")).Status);
    }

    [Fact]
    public async Task A_hub_is_told_which_device_it_does_not_know()
    {
        var body = JsonSerializer.Serialize(new { name = "hub", role = "hub" });
        var key = (await house.Post("api-keys", body, 201)).GetProperty("key").GetString()!;
        Assert.Equal(404, (await house.Tell(key, "nobody-" + _id, "smoke", "e-1")).Status);
    }

    [Fact]
    public async Task A_device_is_told_apart_which_device_is_another_and_which_is_none()
    {
        var key = await house.Register("here-" + _id, "sensor_smoke");
        await house.Register("there-" + _id, "sensor_smoke");
        Assert.Equal(403, (await house.Tell(key, "there-" + _id, "smoke", "e-1")).Status);
        Assert.Equal(404, (await house.Tell(key, "nowhere-" + _id, "smoke", "e-1")).Status);
    }

    [Theory]
    [InlineData("GET", "/api/v1/nothing", 404)]
    [InlineData("DELETE", "/api/v1/audit-log", 405)]
    public async Task What_is_no_route_is_a_problem_with_the_trace_that_the_header_names(
        string method,
        string path,
        int expected
    )
    {
        var (status, problem) = await house.Ask(new(method), path);
        Assert.Equal(expected, status);
        Assert.Equal(expected, problem.GetProperty("status").GetInt32());
        Assert.Matches("^[0-9a-f]{32}$", problem.GetProperty("trace_id").GetString());
    }

    [Theory]
    [InlineData("AAAA")]
    [InlineData("' or 1=1 --")]
    [InlineData("AAAAAAAAAAEAAAAAAAAAAAAAAAA")]
    public async Task A_cursor_that_we_did_not_give_is_refused(string cursor)
    {
        var (status, problem) = await house.Ask(HttpMethod.Get, "devices?cursor=" + Uri.EscapeDataString(cursor));
        Assert.Equal(422, status);
        Assert.True(problem.GetProperty("errors").TryGetProperty("cursor", out _));
    }

    [Fact]
    public async Task A_cursor_of_another_list_is_refused()
    {
        await house.Register("one-" + _id, "other");
        await house.Register("two-" + _id, "other");
        var cursor = (await house.Get("devices?limit=1")).GetProperty("next_cursor").GetString()!;
        Assert.Equal(200, (await house.Ask(HttpMethod.Get, $"devices?cursor={cursor}")).Status);
        Assert.Equal(422, (await house.Ask(HttpMethod.Get, $"rules?cursor={cursor}")).Status);
    }

    [Fact]
    public async Task Bytes_from_hell_never_make_a_mistake_of_ours()
    {
        var random = new Random(20261120);
        string[] routes =
        [
            "devices",
            "rules",
            "users",
            "api-keys",
            "events",
            "events/batch",
            "calls",
            "simulate/incoming-call",
            "auth/token",
        ];
        var key = await house.Register("hell-" + _id, "other");
        foreach (var example in IotOrleans.Http.Examples.ByRoute.Values)
        {
            for (var round = 0; round < 12; round++)
            {
                var bytes = System.Text.Encoding.UTF8.GetBytes(example);
                for (var hit = 0; hit < 3; hit++)
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                var path = routes[random.Next(routes.Length)];
                using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/" + path)
                {
                    Content = new ByteArrayContent(bytes),
                };
                request.Content.Headers.ContentType = new("application/json");
                request.Headers.Add(
                    "X-Api-Key",
                    path.StartsWith("events", StringComparison.Ordinal) ? key : await Admin()
                );
                using var answer = await house.Http.SendAsync(request);
                Assert.True(
                    (int)answer.StatusCode < 500,
                    $"{path} answered {answer.StatusCode} to {Convert.ToBase64String(bytes)}"
                );
            }
        }
    }

    private string? _admin;

    private async Task<string> Admin() =>
        _admin ??= (await house.Post("api-keys", """{"name": "a", "role": "admin"}""", 201))
            .GetProperty("key")
            .GetString()!;
}
