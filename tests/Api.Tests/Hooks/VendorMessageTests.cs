namespace IotOrleans.Tests.Hooks;

/// <summary>What each maker says and which event it is: TAS-04, TAS-58 to TAS-61.</summary>
public sealed class VendorMessageTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    [Fact]
    public async Task Smoke_of_Home_Assistant_opens_one_incident_however_often_its_state_is_told()
    {
        var hub = await Hub.Of(house, "homeassistant");
        await hub.Rule("smoke");
        var device = await hub.Device("sensor_smoke", "binary_sensor.kitchen_smoke");
        string Said(string state, string context) =>
            $$"""
                {"event_type": "state_changed", "data": {"entity_id": "binary_sensor.kitchen_smoke",
                 "new_state": {"state": "{{state}}", "attributes": {"device_class": "smoke"},
                           "context": {"id": "{{context}}"} } } }
                """;

        var (status, first) = await hub.Tell(Said("on", "01A"));
        Assert.True(status == 202, first.ToString());
        Assert.Single(first.GetProperty("incidents").EnumerateArray());
        var (_, restarted) = await hub.Tell(Said("on", "01B"));
        Assert.Equal("unchanged", restarted.GetProperty("reason").GetString());
        Assert.Equal("ignored", (await hub.Tell(Said("unavailable", "01C"))).Body.GetProperty("status").GetString());
        Assert.Equal("accepted", (await hub.Tell(Said("off", "01D"))).Body.GetProperty("status").GetString());
        var (_, again) = await hub.Tell(Said("on", "01E"));

        Assert.Single(again.GetProperty("incidents").EnumerateArray());
        Assert.Equal(3, await hub.Stored(device));
    }

    [Fact]
    public async Task A_restored_doorbell_of_Home_Assistant_does_not_ring()
    {
        var hub = await Hub.Of(house, "homeassistant");
        await hub.Device("doorphone", "event.front_door");
        string Said(string old) =>
            $$"""
                {"entity_id": "event.front_door", "state": "2026-11-20T10:00:00+00:00", "old_state": "{{old}}",
                 "device_class": "doorbell", "context_id": "{{Guid.NewGuid():N}}"}
                """;

        Assert.Equal("ignored", (await hub.Tell(Said("unavailable"))).Body.GetProperty("status").GetString());
        var (_, rang) = await hub.Tell(Said("2026-11-19T10:00:00+00:00"));
        Assert.Equal(
            ("accepted", "doorbell"),
            (rang.GetProperty("status").GetString(), rang.GetProperty("event_type").GetString())
        );
    }

    [Fact]
    public async Task A_Zigbee_sensor_is_known_by_its_address_and_what_the_broker_kept_is_no_news()
    {
        var hub = await Hub.Of(house, "zigbee2mqtt");
        await hub.Rule("smoke");
        var device = await hub.Device("sensor_smoke", "0x00158d0001");
        const string Message = """
            {"topic": "zigbee2mqtt/upstairs/kitchen", "retain": true, "payload": {"smoke": true, "battery": 97,
             "battery_low": false, "device": {"ieeeAddr": "0x00158d0001", "friendlyName": "upstairs/kitchen"}}}
            """;

        var (status, first) = await hub.Tell(Message);
        Assert.True(status == 202, first.ToString());
        Assert.Equal(2, first.GetProperty("events").GetArrayLength());
        var (_, again) = await hub.Tell(Message);
        Assert.All(
            again.GetProperty("events").EnumerateArray(),
            one => Assert.Equal("unchanged", one.GetProperty("reason").GetString())
        );
        Assert.Equal(2, await hub.Stored(device));

        const string Kept =
            """{"topic": "zigbee2mqtt/0x00158d0001", "retain": true, "payload": {"action": "single"}}""";
        Assert.Equal("ignored", (await hub.Tell(Kept)).Body.GetProperty("status").GetString());
        var signs = """{"topic": "zigbee2mqtt/0x00158d0001", "payload": {"battery": 96, "linkquality": 80}}""";
        Assert.Equal("ignored", (await hub.Tell(signs)).Body.GetProperty("status").GetString());
        Assert.Equal(2, await hub.Stored(device));
    }

    [Theory]
    [InlineData("""{"contact": false}""", "sensor_intrusion", "intrusion", true)]
    [InlineData("""{"water_leak": true}""", "sensor_leak", "leak", true)]
    [InlineData("""{"action": "emergency"}""", "wearable", "sos", null)]
    [InlineData("""{"action": "single"}""", "doorphone", "doorbell", null)]
    public async Task A_Zigbee_message_means_what_its_device_is(string payload, string type, string word, bool? active)
    {
        var hub = await Hub.Of(house, "zigbee2mqtt");
        var device = await hub.Device(type, "thing");

        var (status, body) = await hub.Tell($$"""{"topic": "zigbee2mqtt/thing", "payload": {{payload}}}""");

        Assert.True(status == 202, body.ToString());
        var log = (await house.Get($"event-logs?device_id={device}")).GetProperty("items")[0];
        Assert.Equal(word, log.GetProperty("event_type").GetString());
        var told = log.GetProperty("payload").TryGetProperty("active", out var state)
            ? state.GetBoolean()
            : (bool?)null;
        Assert.Equal(active, told);
    }

    [Fact]
    public async Task A_Matter_alarm_told_as_event_and_as_attribute_is_one_and_its_test_calls_nobody()
    {
        var hub = await Hub.Of(house, "matter");
        await hub.Rule("smoke");
        var device = await hub.Device("sensor_smoke", "17");
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var happened = $$$"""
            {"event": "node_event", "data": {"node_id": 17, "endpoint_id": 1, "cluster_id": 92, "event_id": 0,
             "event_number": 65538, "priority": 2, "timestamp": {{{now}}}, "timestamp_type": 1, "data": {"0": 2} } }
            """;

        var (_, alarm) = await hub.Tell(happened);
        Assert.Single(alarm.GetProperty("incidents").EnumerateArray());
        var (_, same) = await hub.Tell("""{"event": "attribute_updated", "data": [17, "1/92/1", 2]}""");
        Assert.Equal("unchanged", same.GetProperty("reason").GetString());
        Assert.Equal(1, await hub.Stored(device));

        var (_, test) = await hub.Tell("""{"event": "attribute_updated", "data": [17, "1/92/5", true]}""");
        Assert.Equal("self_test", test.GetProperty("event_type").GetString());
        Assert.Empty(test.GetProperty("incidents").EnumerateArray());
        var (_, clear) = await hub.Tell(
            """{"event": "node_event", "data": {"node_id": 17, "endpoint_id": 1, "cluster_id": 92, "event_id": 10}}"""
        );
        Assert.Equal(2, clear.GetProperty("events").GetArrayLength());
    }

    [Fact]
    public async Task Anybodys_message_is_mapped_by_settings_alone_and_what_is_not_mapped_is_told_and_kept()
    {
        const string Mapping = """
            , "mapping": {"items": "readings", "device": "sensor.id", "event_id": "/id", "occurred_at": "at",
             "event_type": {"path": "kind", "values": {"ALARM_FIRE": "smoke"}},
             "active": {"path": "state", "values": {"ALARM": "true", "OK": "false"}}, "payload": {"density": "level"}}
            """;
        var hub = await Hub.Of(house, "generic", Mapping);
        await hub.Rule("smoke");
        var device = await hub.Device("sensor_smoke", "A7");
        string Reading(string kind) =>
            $$"""
                {"readings": [{"sensor": {"id": "A7"}, "id": "g-1", "kind": "{{kind}}", "state": "ALARM", "level": 0.7,
                 "at": 1795000000}]}
                """;

        var dry = await house.Post($"hubs/{hub.Id}/dry-run", $$"""{"message": {{Reading("ALARM_FIRE")}}}""", 200);
        Assert.Equal(device, dry.GetProperty("events")[0].GetProperty("device_id").GetString());
        Assert.Equal(0, await hub.Stored(device));

        var (status, body) = await hub.Tell(Reading("ALARM_FIRE"));
        Assert.True(status == 202, body.ToString());
        var log = await house.Get($"event-logs/g-1?device_id={device}");
        Assert.Equal(0.7, log.GetProperty("payload").GetProperty("density").GetDouble());
        Assert.StartsWith("2026-11-18T", log.GetProperty("occurred_at").GetString(), StringComparison.Ordinal);

        var (refused, problem) = await hub.Tell(Reading("ALARM_BEES"));
        Assert.Equal(422, refused);
        Assert.Equal("urn:iotorleans:problem:unmapped", problem.GetProperty("type").GetString());
        Assert.Contains("ALARM_BEES", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        var view = await house.Get($"hubs/{hub.Id}");
        Assert.Contains("ALARM_BEES", view.GetProperty("refusals")[0].ToString(), StringComparison.Ordinal);
        Assert.Equal(1, await hub.Stored(device));
        var figures = await house.Http.GetStringAsync("/metrics");
        Assert.Contains("iot_hook_messages_total{", figures, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        """{"mapping": {"device": "a", "event_type": {"values": {"x": "Not A Word"}}}}""",
        "mapping.event_type"
    )]
    [InlineData("""{"mapping": {"event_type": {"path": "a"}}}""", "mapping.device")]
    public async Task Settings_that_cannot_work_are_refused_by_field(string more, string field)
    {
        var hub = await Hub.Of(house, "zigbee2mqtt");
        var json = more.Insert(1, "\"vendor\": \"generic\", ");

        var (status, problem) = await house.Ask(HttpMethod.Put, $"hubs/{hub.Id}", json);

        Assert.Equal(422, status);
        Assert.Contains(field, problem.GetProperty("errors").ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("homeassistant")]
    [InlineData("zigbee2mqtt")]
    [InlineData("tuya")]
    [InlineData("matter")]
    [InlineData("generic")]
    public async Task Nonsense_is_refused_and_never_our_mistake(string vendor)
    {
        var hub = await Hub.Of(
            house,
            vendor,
            vendor == "generic" ? """, "mapping": {"device": "a.b", "event_type": {"path": "c"}}""" : ""
        );
        var long_ = new string('x', 5_000);
        string[] nonsense =
        [
            "{}",
            "[]",
            "null",
            "1",
            "\"x\"",
            "{",
            """{"entity_id": {"a": 1}, "state": []}""",
            """{"entity_id": "\u0000\r\n<script>", "state": "on", "device_class": "smoke"}""",
            """{"topic": "zigbee2mqtt/\r\nx", "payload": "{\"smoke\":true}"}""",
            """{"topic": 5, "payload": 6}""",
            """{"event": "attribute_updated", "data": [1, "1/92", true]}""",
            """{"event": "node_event", "data": {"node_id": "x", "cluster_id": 1e300, "event_id": -1}}""",
            """{"devId": "x", "status": [1, null, {"code": "smoke_sensor_status", "value": {}}]}""",
            """{"data": "AAAA"}""",
            $$$"""{"devId": "{{{long_}}}", "entity_id": "{{{long_}}}", "state": "on", "a": {"b": "{{{long_}}}"}}""",
            string.Concat(Enumerable.Repeat("""{"a":""", 70)) + "1" + new string('}', 70),
        ];

        foreach (var json in nonsense)
        {
            var (status, body) = await hub.Tell(json);
            Assert.True(status is >= 400 and < 500, $"{vendor} {json}: {status} {body}");
        }
    }
}
