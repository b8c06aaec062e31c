using System.Text;
using System.Text.Json;
using IotOrleans.Hooks;

namespace IotOrleans.Tests.Hooks;

/// <summary>Whom a hook believes: TAS-62, TAS-73, N-23.</summary>
public sealed class HookAccessTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    private const string Smoke = """{"device_id": "$", "event_type": "smoke", "event_id": "#"}""";

    [Fact]
    public async Task A_message_that_the_hub_signed_is_an_event_of_its_device()
    {
        var (hub, device) = await Generic();

        var (status, body) = await hub.TellSigned(Of(device));

        Assert.True(status == 202, body.ToString());
        Assert.Equal("accepted", body.GetProperty("status").GetString());
        Assert.Equal("e-1", body.GetProperty("event_id").GetString());
        Assert.Single(body.GetProperty("incidents").EnumerateArray());
        Assert.Equal(1, await hub.Stored(device));
    }

    [Fact]
    public async Task Nothing_that_is_unsigned_altered_old_or_of_another_hub_is_stored_and_all_of_it_is_audited()
    {
        var (hub, device) = await Generic();
        var (other, _) = await Generic();
        var json = Of(device);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        (string Why, (int Status, JsonElement Body) Answer)[] strangers =
        [
            ("none", await hub.Send(hub.Id, json)),
            ("altered", await hub.TellSigned(json, sent: json.Replace("smoke", "flood", StringComparison.Ordinal))),
            ("wrong secret", await hub.TellSigned(json, StandardWebhooks.NewSecret())),
            ("too old", await hub.TellSigned(json, timestamp: now - 301)),
            ("too new", await hub.TellSigned(json, timestamp: now + 320)),
            ("other hub's secret", await hub.TellSigned(json, other.Secret)),
            ("other hub's key", await hub.Tell(json, other.Key)),
            ("no such hub", await hub.TellSigned(json, hub: "hub-of-nobody")),
            ("no key at all", await hub.Tell(json, "iot_nonsense")),
        ];

        foreach (var (why, answer) in strangers)
        {
            Assert.True(answer.Status == 401, $"{why}: {answer.Status} {answer.Body}");
            Assert.Equal("urn:iotorleans:problem:unauthenticated", answer.Body.GetProperty("type").GetString());
        }
        Assert.Equal(0, await hub.Stored(device));
        var audit = await house.Get("audit-log?limit=100");
        var refusals = audit
            .GetProperty("items")
            .EnumerateArray()
            .Count(entry =>
                entry.GetProperty("target").GetString() == hub.Id
                && entry.GetProperty("outcome").GetString() == "refused 401"
            );
        Assert.True(refusals == strangers.Length - 1, audit.ToString());
    }

    [Fact]
    public async Task The_same_message_again_is_refused_and_a_second_try_of_the_sender_is_a_duplicate()
    {
        var (hub, device) = await Generic();
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        Assert.Equal(202, (await hub.TellSigned(Of(device), timestamp: now)).Status);

        Assert.Equal(401, (await hub.TellSigned(Of(device), timestamp: now)).Status);
        var (status, body) = await hub.TellSigned(Of(device), timestamp: now + 1);

        Assert.Equal((202, "duplicate"), (status, body.GetProperty("status").GetString()));
        Assert.Equal(1, await hub.Stored(device));
    }

    [Fact]
    public async Task Of_a_hundred_copies_at_once_one_is_believed()
    {
        var (hub, device) = await Generic();
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 100).Select(_ => hub.TellSigned(Of(device), timestamp: now))
        );

        Assert.Equal(1, answers.Count(answer => answer.Status == 202));
        Assert.Equal(99, answers.Count(answer => answer.Status == 401));
        Assert.Equal(1, await hub.Stored(device));
    }

    [Fact]
    public async Task A_message_without_an_id_of_its_own_is_known_by_the_name_of_the_webhook()
    {
        var (hub, device) = await Generic();
        var json = $$"""{"device_id": "{{device}}", "event_type": "button"}""";
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

        var (_, first) = await hub.TellSigned(json, id: "msg_press", timestamp: now - 60);
        var (_, again) = await hub.TellSigned(json, id: "msg_press", timestamp: now);

        Assert.Equal("accepted", first.GetProperty("status").GetString());
        Assert.Equal("duplicate", again.GetProperty("status").GetString());
        Assert.Equal(first.GetProperty("event_id").GetString(), again.GetProperty("event_id").GetString());
    }

    [Fact]
    public async Task Two_secrets_live_as_long_as_they_overlap_and_no_longer()
    {
        var (hub, device) = await Generic();
        var old = hub.Secret;
        var made = await house.Post($"hubs/{hub.Id}/secret", """{"overlap_seconds": 3600}""", 200);
        var young = made.GetProperty("secret").GetString()!;

        Assert.Equal(202, (await hub.TellSigned(Of(device, "o-1"), old, "msg_o1")).Status);
        Assert.Equal(202, (await hub.TellSigned(Of(device, "y-1"), young, "msg_y1")).Status);
        var view = await house.Get($"hubs/{hub.Id}");
        Assert.Equal(2, view.GetProperty("secrets").GetArrayLength());
        Assert.All(
            view.GetProperty("secrets").EnumerateArray(),
            secret => Assert.True(secret.TryGetProperty("last_used_at", out _))
        );
        Assert.DoesNotContain(young[6..], view.ToString(), StringComparison.Ordinal);

        var last = await house.Post($"hubs/{hub.Id}/secret", """{"overlap_seconds": 0}""", 200);
        Assert.Equal(401, (await hub.TellSigned(Of(device, "o-2"), old, "msg_o2")).Status);
        Assert.Equal(401, (await hub.TellSigned(Of(device, "y-2"), young, "msg_y2")).Status);
        Assert.Equal(
            202,
            (await hub.TellSigned(Of(device, "l-1"), last.GetProperty("secret").GetString(), "msg_l1")).Status
        );
    }

    [Fact]
    public async Task An_old_secret_can_be_ended_before_its_time_and_the_one_that_stays_cannot()
    {
        var (hub, device) = await Generic();
        await house.Post($"hubs/{hub.Id}/secret", """{"overlap_seconds": 3600}""", 200);
        var secrets = (await house.Get($"hubs/{hub.Id}")).GetProperty("secrets");
        string?[] ids = [.. secrets.EnumerateArray().Select(secret => secret.GetProperty("secret_id").GetString())];
        Assert.Equal(404, (await house.Ask(HttpMethod.Delete, $"hubs/{hub.Id}/secrets/{ids[0]}")).Status);
        Assert.Equal(204, (await house.Ask(HttpMethod.Delete, $"hubs/{hub.Id}/secrets/{ids[1]}")).Status);
        Assert.Equal(401, (await hub.TellSigned(Of(device, "o-3"), hub.Secret, "msg_o3")).Status);
    }

    [Fact]
    public async Task A_hub_that_must_sign_is_not_let_in_with_its_key()
    {
        var (hub, device) = await Generic();
        await hub.Settle($$""", "require_signature": true, {{Mapping}}""");

        Assert.Equal(401, (await hub.Tell(Of(device))).Status);
        Assert.Equal(202, (await hub.TellSigned(Of(device))).Status);
    }

    [Fact]
    public async Task A_hub_speaks_for_its_own_home_and_for_what_its_settings_name()
    {
        var (hub, _) = await Generic();
        var (_, foreign) = await Generic();

        var (status, _) = await hub.Tell(Of(foreign));
        Assert.Equal(403, status);
        Assert.Equal(0, await hub.Stored(foreign));

        await hub.Settle($$""", "devices": {"A7": "{{foreign}}"}, {{Mapping}}""");
        Assert.Equal(202, (await hub.Tell(Of("A7"))).Status);
        Assert.Equal(1, await hub.Stored(foreign));
    }

    [Fact]
    public async Task A_secret_is_nowhere_in_the_database()
    {
        var (hub, _) = await Generic();
        await using var command = house.Source.CreateCommand(
            "select count(*) from device_secrets where position(convert_to($1, 'UTF8') in sealed) > 0"
        );
        command.Parameters.Add(new() { Value = hub.Secret });
        Assert.Equal(0L, await command.ExecuteScalarAsync());
    }

    [Fact]
    public void The_example_of_the_specification_is_signed_as_it_says()
    {
        var key = StandardWebhooks.Key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        var body = Encoding.UTF8.GetBytes("""{"test": 2432232314}""");

        var signature = StandardWebhooks.Sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body);

        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", signature);
    }

    private const string Mapping = """
        "mapping": {"device": "device_id", "event_type": {"path": "event_type"}, "event_id": "event_id"}
        """;

    private async Task<(Hub Hub, string Device)> Generic()
    {
        var hub = await Hub.Of(house, "generic", ", " + Mapping);
        await hub.Rule("smoke");
        return (hub, await hub.Device("sensor_smoke", $"x-{Guid.NewGuid():N}"));
    }

    private static string Of(string device, string id = "e-1") =>
        Smoke.Replace("$", device, StringComparison.Ordinal).Replace("#", id, StringComparison.Ordinal);
}

/// <summary>A captured message stays worthless after a restart.</summary>
public sealed class HookRestartTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    [Fact]
    public async Task What_was_seen_before_a_restart_is_refused_after_it()
    {
        var hub = await Hub.Of(house, "zigbee2mqtt");
        var device = await hub.Device("sensor_smoke", "kitchen");
        const string Message = """{"topic": "zigbee2mqtt/kitchen", "payload": {"smoke": true}}""";
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        Assert.Equal(202, (await hub.TellSigned(Message, timestamp: now)).Status);

        await house.Restart();

        Assert.Equal(401, (await hub.TellSigned(Message, timestamp: now)).Status);
        var (status, body) = await hub.TellSigned(Message, timestamp: now + 1);
        Assert.Equal((202, "unchanged"), (status, body.GetProperty("reason").GetString()));
        Assert.Equal(1, await hub.Stored(device));
    }
}
