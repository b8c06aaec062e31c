using System.Text;
using System.Text.Json;
using IotOrleans.Hooks;
using IotOrleans.Tests.Speakers;

namespace IotOrleans.Tests.Hooks;

/// <summary>Speakers that hold no socket here: TAS-08, TAS-12, TAS-17, TAS-18, TAS-57.</summary>
public sealed class OutsideSpeakerTests(VendorHouse world) : IClassFixture<VendorHouse>
{
    private static int _flats;

    private readonly WholeHouse _house = world.House;
    private readonly string _id = Guid.NewGuid().ToString("N")[..8];
    private readonly string _number = $"+7915{Interlocked.Increment(ref _flats):000}0011";

    [Fact]
    public async Task Devices_of_four_makers_on_one_number_are_all_told_of_one_call()
    {
        var alexa = await Speaker(
            "alexa",
            """, "vendor": "alexa", "external_id": "endpoint-7" """,
            "Atzr|a-refresh-token"
        );
        await Speaker("google", """, "vendor": "google", "external_id": "door-7" """, null);
        await Speaker(
            "player",
            $$""", "vendor": "homeassistant", "external_id": "media_player.x", {{At("")}}""",
            "a token of the home"
        );
        var secret = await Speaker("own", $$""", "vendor": "own", {{At("ring-" + _id)}}""", "");
        await using var kitchen = await SpeakerClient.Connect(
            _house.Address,
            await _house.Register("kitchen-" + _id, "speaker", _number)
        );

        var call = await Ring();

        Assert.Equal(call, (await kitchen.Hears<IncomingCall>()).CallId);
        await Until(() =>
            world.Amazon.At("/v3/events").Any(asked => asked.Body.Contains("endpoint-7", StringComparison.Ordinal))
        );
        await Until(() => world.Google.At("/v1/devices:reportStateAndNotification").Length > 0);
        await Until(() =>
            world
                .Home.At("/api/services/tts/speak")
                .Any(asked => asked.Body.Contains("Grandma", StringComparison.Ordinal))
        );
        await Until(() => world.Home.At("/ring-" + _id).Length > 0);
        var told = world.Home.At("/ring-" + _id)[0];
        Assert.True(IsSigned(told, secret!));
        Assert.Contains(call!, told.Body, StringComparison.Ordinal);
        Assert.Single(
            world.Home.At("/ring-" + _id),
            asked => asked.Body.Contains("call.incoming", StringComparison.Ordinal)
        );
        Assert.Null(alexa);

        Assert.True((await kitchen.Reject(call!)).Ok);
        await _house.Post($"calls/{call}/hangup", "{}", 204);
        await Until(() =>
            world.Home.At("/ring-" + _id).Any(asked => asked.Body.Contains("call.ended", StringComparison.Ordinal))
        );
    }

    [Theory]
    [InlineData("""{"ok": true, "detail": "open"}""", 200, "delivered", "open")]
    [InlineData("""{"ok": false, "detail": "jammed"}""", 200, "not_delivered", "jammed")]
    [InlineData("{}", 500, "not_delivered", "500")]
    public async Task A_command_goes_to_the_endpoint_and_its_answer_is_seen_on_the_incident(
        string answer,
        int status,
        string outcome,
        string detail
    )
    {
        var path = "/lock-" + _id;
        var secret = await Speaker("lock", $$""", {{At("lock-" + _id)}}""", "");
        world.Home.Answer = asked => asked.Path == path ? new(status, answer) : new();

        var incident = await Commanded("lock-" + _id);

        var attempt = incident.GetProperty("attempts")[0];
        Assert.Equal("command_device", attempt.GetProperty("action").GetString());
        Assert.Equal(outcome, attempt.GetProperty("outcome").GetString());
        Assert.Contains(detail, attempt.GetProperty("detail").GetString(), StringComparison.Ordinal);
        var asked = world.Home.At(path);
        Assert.Equal(status == 500 ? 3 : 1, asked.Length);
        Assert.Single(asked.Select(one => one.Header("webhook-id")).Distinct());
        Assert.True(IsSigned(asked[0], secret!));
        Assert.Contains("\"command\":\"unlock\"", asked[0].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_that_stumbles_hears_of_the_call_and_of_its_end_in_this_order()
    {
        var path = "/slow-" + _id;
        await Speaker("slow", $$""", {{At("slow-" + _id)}}""", "");
        world.Home.Answer = asked => new(asked.Path == path && world.Home.At(path).Length < 3 ? 503 : 200);

        var call = await Ring();
        await Until(() => world.Home.At(path).Length > 0);
        await _house.Post($"calls/{call}/hangup", "{}", 204);

        await Until(() => world.Home.At(path).Length == 4);
        Assert.Equal(
            ["call.incoming", "call.incoming", "call.incoming", "call.ended"],
            world
                .Home.At(path)
                .Select(asked => JsonSerializer.Deserialize<JsonElement>(asked.Body))
                .Select(body => body.GetProperty("type").GetString())
        );
    }

    [Fact]
    public async Task A_door_without_a_socket_is_opened_at_its_address()
    {
        var path = "/door-" + _id;
        var address = new Uri(world.Home.Address, path);
        var key = await _house.Register(
            "door-" + _id,
            "doorphone",
            _number,
            $$""", "endpoint": "sip:door@127.0.0.1", "metadata": {"command_url": "{{address}}"}"""
        );
        await _house.Post($"devices/door-{_id}/secret", "{}", 200);
        await using var kitchen = await SpeakerClient.Connect(
            _house.Address,
            await _house.Register("flat-" + _id, "speaker", _number)
        );
        await _house.Post(
            "rules",
            $$"""
            {"name": "Door", "event_type": "doorbell", "scope": {"device_id": "door-{{_id}}"},
             "actions": [{"type": "bridge", "device_id": "door-{{_id}}", "targets": ["+79151110001"]}]}
            """,
            201
        );
        await _house.Tell(key, "door-" + _id, "doorbell", "bell");
        var rings = await kitchen.Hears<IncomingCall>();
        Assert.True((await kitchen.Answer(rings.CallId)).Ok);

        Assert.True((await kitchen.OpenDoor(rings.CallId)).Ok);

        var asked = Assert.Single(world.Home.At(path));
        Assert.Contains("open_door", asked.Body, StringComparison.Ordinal);
        Assert.True((await kitchen.Hangup(rings.CallId)).Ok);
    }

    [Fact]
    public async Task The_result_of_a_command_over_a_socket_is_seen_on_the_incident()
    {
        await using var siren = await SpeakerClient.Connect(
            _house.Address,
            await _house.Register("siren-" + _id, "other", _number)
        );
        var incident = await Commanded("siren-" + _id);
        var command = await siren.Hears<Command>();

        Assert.True((await siren.CommandResult(command.CommandId, false, "no power")).Ok);

        var seen = await _house.Until(
            $"incidents/{incident.GetProperty("incident_id").GetString()}",
            now => now.GetProperty("attempts").GetArrayLength() == 2
        );
        var result = seen.GetProperty("attempts")[1];
        Assert.Equal(
            ("command_result", "failed", "no power"),
            (
                result.GetProperty("action").GetString(),
                result.GetProperty("outcome").GetString(),
                result.GetProperty("detail").GetString()
            )
        );
    }

    [Fact]
    public async Task A_device_that_has_no_way_at_all_is_recorded_as_not_delivered()
    {
        await _house.Register("deaf-" + _id, "other", _number);
        var incident = await Commanded("deaf-" + _id);
        Assert.Equal("not_delivered", incident.GetProperty("attempts")[0].GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task Each_configured_maker_is_named_where_the_house_says_how_it_is()
    {
        var parts = (await _house.Get("/health/ready")).GetProperty("parts");
        Assert.Equal("simulated", parts.GetProperty("speakers of alexa").GetProperty("status").GetString());
        Assert.Equal("simulated", parts.GetProperty("speakers of google").GetProperty("status").GetString());
        Assert.False(parts.TryGetProperty("speakers of homeassistant", out _));
    }

    private string At(string path) => $"\"endpoint\": \"{new Uri(world.Home.Address, path)}\"";

    /// <summary>Gives the secret when one was made.</summary>
    private async Task<string?> Speaker(string name, string more, string? secret)
    {
        await _house.Register($"{name}-{_id}", "speaker", _number, more);
        if (secret is null)
            return null;
        var json = secret.Length == 0 ? "{}" : $$"""{"secret": "{{secret}}"}""";
        var made = await _house.Post($"devices/{name}-{_id}/secret", json, 200);
        return made.TryGetProperty("secret", out var text) ? text.GetString() : null;
    }

    private async Task<string?> Ring()
    {
        var json = $$"""{"msisdn": "{{_number}}", "caller": "+74951234567", "caller_name": "Grandma"}""";
        return (await _house.Post("simulate/incoming-call", json, 202)).GetProperty("call_id").GetString();
    }

    private async Task<JsonElement> Commanded(string device)
    {
        var key = await _house.Register("button-" + _id, "other", _number);
        await _house.Post(
            "rules",
            $$"""
            {"name": "Lock", "event_type": "button", "scope": {"msisdn": "{{_number}}"},
             "actions": [{"type": "command_device", "device_id": "{{device}}", "command": "unlock"}]}
            """,
            201
        );
        var (_, body) = await _house.Tell(key, "button-" + _id, "button", "b-1");
        return await _house.IncidentEnds(body.GetProperty("incidents")[0].GetString()!);
    }

    private Task Until(Func<bool> holds) => _house.Until("/health/live", _ => holds());

    private static bool IsSigned(Asked asked, string secret) =>
        StandardWebhooks.IsSigned(
            StandardWebhooks.Key(secret),
            asked.Header("webhook-id"),
            asked.Header("webhook-timestamp"),
            Encoding.UTF8.GetBytes(asked.Body),
            asked.Header("webhook-signature")
        );
}
