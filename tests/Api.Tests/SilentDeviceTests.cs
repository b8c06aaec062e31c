using System.Text.Json;
using IotOrleans.Devices;

namespace IotOrleans.Tests;

/// <summary>A device that says nothing for too long is told of; so is its return; so is nothing else.</summary>
public sealed class SilentDeviceTests(SharedHouse house)
{
    private readonly string _id = Guid.NewGuid().ToString("N")[..8];

    [Fact]
    public async Task A_device_that_falls_silent_is_offline_once_and_online_when_it_is_heard_again()
    {
        var key = await Sensor("smoke");
        await house.Post(
            "rules",
            $$"""
            {"name": "silence", "event_type": "offline", "scope": {"device_id": "smoke-{{_id}}"},
             "actions": [{"type": "call", "targets": ["+79171234511"]}]}
            """,
            201
        );
        await Listening("1 day");
        await Seen("smoke", "2 hours");
        var offline = Assert.Single(await Told("smoke", "offline", 1));
        Assert.Equal(3600, offline.GetProperty("payload").GetProperty("reports_every_seconds").GetInt32());
        var incident = offline.GetProperty("incidents")[0].GetString()!;
        Assert.Equal("completed", (await house.IncidentEnds(incident)).GetProperty("status").GetString());

        Assert.Equal(202, (await house.Tell(key, "smoke-" + _id, "button", "alive")).Status);
        await Told("smoke", "online", 1);
        Assert.Single(await Told("smoke", "offline", 1));
    }

    [Fact]
    public async Task While_nobody_listened_nobody_was_silent()
    {
        await Sensor("leak");
        await Seen("leak", "2 hours");
        await Listening("10 minutes");
        var signs = house.Service<IDeviceSigns>();
        Assert.Empty(await Quiet(signs, DateTimeOffset.UtcNow));
        await Listening("1 day");
        Assert.Equal("leak-" + _id, Assert.Single(await Quiet(signs, DateTimeOffset.UtcNow)));
        // Nor is anybody when the front-ends have not been heard of for a while.
        await Run("update listening set last_at = now() - interval '1 minute'");
        Assert.Empty(await Quiet(signs, DateTimeOffset.UtcNow));
    }

    [Fact]
    public async Task What_lies_behind_a_silent_hub_is_not_told_of_device_by_device()
    {
        await Sensor("hub");
        await Sensor("far");
        await Listening("1 day");
        await Seen("hub", "2 hours");
        await Seen("far", "2 hours", via: "hub-" + _id);
        await Told("hub", "offline", 1);
        Assert.Empty(await Told("far", "offline", 0));
    }

    [Fact]
    public async Task Telemetry_that_is_no_event_shows_that_its_device_lives()
    {
        var hub = "hub-" + _id;
        var key = await house.Register(hub, "hub", "+79170009911");
        Assert.Equal(200, (await house.Ask(HttpMethod.Put, "hubs/" + hub, """{"vendor": "zigbee2mqtt"}""")).Status);
        var more = $$""", "external_id": "attic-{{_id}}", "reports_every_seconds": 3600 """;
        await house.Register("attic-" + _id, "sensor_leak", "+79170009911", more);
        await Seen("attic", "30 minutes");
        foreach (var retain in new[] { "true", "false" })
        {
            var (status, answer) = await house.Ask(
                HttpMethod.Post,
                "hooks/zigbee2mqtt/" + hub,
                $$$"""{"topic": "zigbee2mqtt/attic-{{{_id}}}", "payload": {"battery": 97}, "retain": {{{retain}}}}""",
                key
            );
            Assert.Equal((202, "ignored"), (status, answer.GetProperty("status").GetString()));
            await house.Service<SignsOfLife>().Note(CancellationToken.None);
            // What a broker kept shows nothing.
            Assert.Equal(retain == "true" ? null : hub, await Via("attic"));
        }
    }

    private async Task<string?> Via(string name)
    {
        await using var command = house.Source.CreateCommand(
            $"select via from device_signs where device_id = '{name}-{_id}' and seen_at > now() - interval '1 minute'"
        );
        return await command.ExecuteScalarAsync() as string;
    }

    private async Task<string[]> Quiet(IDeviceSigns signs, DateTimeOffset now) =>
        [
            .. (await signs.Quiet(now, 100, CancellationToken.None))
                .Select(device => device.DeviceId.Value)
                .Where(device => device.EndsWith(_id, StringComparison.Ordinal)),
        ];

    private Task<string> Sensor(string name) =>
        house.Register($"{name}-{_id}", "sensor_smoke", null, """, "reports_every_seconds": 3600 """);

    private Task Listening(string since) =>
        Run($"update listening set since = now() - interval '{since}', last_at = now()");

    private Task Seen(string name, string ago, string? via = null) =>
        Run(
            $"""
            update device_signs set seen_at = now() - interval '{ago}', via = {(via is null ? "null" : $"'{via}'")}
            where device_id = '{name}-{_id}'
            """
        );

    private async Task Run(string sql)
    {
        await using var command = house.Source.CreateCommand(sql);
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }

    private async Task<JsonElement[]> Told(string name, string word, int count)
    {
        var log = await house.Until(
            $"event-logs?device_id={name}-{_id}&event_type={word}",
            page => page.GetProperty("items").GetArrayLength() >= count
        );
        return [.. log.GetProperty("items").EnumerateArray()];
    }
}
