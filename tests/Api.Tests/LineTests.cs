using System.Text.Json;
using IotOrleans.Tests.Speakers;

namespace IotOrleans.Tests;

/// <summary>Calls and SMS that come in are events too; and a number may be ours for only one of them.</summary>
public sealed class LineTests(SharedHouse house)
{
    private static int _next;

    private readonly string _id = Guid.NewGuid().ToString("N")[..8];
    private readonly string _flat = $"{Interlocked.Increment(ref _next):00}";

    private string Number => $"+7917200{_flat}11";

    [Fact]
    public async Task A_call_from_this_caller_lights_the_lamp_and_one_from_another_does_not()
    {
        await using var kitchen = await Speaker();
        await using var lamp = await Lamp(
            "incoming_call",
            """{"path": "caller", "op": "eq", "value": "+74950000001"}"""
        );
        await Ring("+74950000002");
        await kitchen.Hears<IncomingCall>();
        await Ring("+74950000001");
        Assert.Equal("on", (await lamp.Hears<Command>()).Word);
        var log = await house.Until(
            "event-logs?event_type=incoming_call&device_id=line:" + Number[1..],
            page => page.GetProperty("items").GetArrayLength() == 2
        );
        string[] callers =
        [
            .. log.GetProperty("items")
                .EnumerateArray()
                .Select(told => told.GetProperty("payload").GetProperty("caller").GetString()!),
        ];
        Assert.Equal(["+74950000001", "+74950000002"], callers);
        Assert.Equal(0, lamp.Unasked<Command>());
    }

    [Fact]
    public async Task An_sms_that_says_so_is_acted_on_once_however_often_it_comes()
    {
        await using var kitchen = await Speaker();
        await using var lamp = await Lamp("incoming_sms", """{"path": "text", "op": "contains", "value": "light"}""");
        var key = await Gateway();
        for (var time = 0; time < 3; time++)
            Assert.Equal(202, (await Sms(key, "m-1", "light on please")).Status);
        Assert.Equal("light on please", (await kitchen.Hears<Message>()).Text);
        Assert.Equal("on", (await lamp.Hears<Command>()).Word);
        Assert.Equal(202, (await Sms(key, "m-2", "something else")).Status);
        await kitchen.Hears<Message>();
        Assert.Equal(0, lamp.Unasked<Command>());
    }

    [Fact]
    public async Task Without_a_rule_a_call_is_no_event()
    {
        await using var kitchen = await Speaker();
        await Ring("+74950000001");
        await kitchen.Hears<IncomingCall>();
        var log = await house.Get("event-logs?device_id=line:" + Number[1..]);
        Assert.Equal(0, log.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task A_number_that_is_ours_for_sms_only_lets_calls_pass_by()
    {
        await using var kitchen = await Speaker();
        await Settle("sms");
        Assert.Equal(404, (await house.Ask(HttpMethod.Get, "routing/" + Number)).Status);
        Assert.Equal(202, (await Sms(await Gateway(), "m-1", "hello")).Status);
        Assert.Equal("hello", (await kitchen.Hears<Message>()).Text);
    }

    [Fact]
    public async Task A_number_that_is_ours_for_calls_only_takes_no_sms()
    {
        await using var kitchen = await Speaker();
        await Settle("calls");
        Assert.Equal(200, (await house.Ask(HttpMethod.Get, "routing/" + Number)).Status);
        Assert.Equal(404, (await Sms(await Gateway(), "m-1", "hello")).Status);
    }

    [Fact]
    public async Task Nobody_registers_a_device_under_the_name_of_a_line()
    {
        var (status, problem) = await house.Ask(
            HttpMethod.Post,
            "devices",
            """{"device_id": "line:79160000010", "type": "other"}"""
        );
        Assert.Equal(422, status);
        Assert.True(problem.GetProperty("errors").TryGetProperty("device_id", out _), $"{problem}");
    }

    private async Task<SpeakerClient> Speaker() =>
        await SpeakerClient.Connect(house.Address, await house.Register("kitchen-" + _id, "speaker", Number));

    private async Task<SpeakerClient> Lamp(string eventType, string condition)
    {
        var key = await house.Register("lamp-" + _id, "other", Number);
        await house.Post(
            "rules",
            $$"""
            {"name": "lamp", "event_type": "{{eventType}}", "scope": {"msisdn": "{{Number}}"},
             "conditions": {"payload": [{{condition}}]},
             "actions": [{"type": "command_device", "device_id": "lamp-{{_id}}", "command": "on"}]}
            """,
            201
        );
        return await SpeakerClient.Connect(house.Address, key);
    }

    private Task<JsonElement> Ring(string caller) =>
        house.Post("simulate/incoming-call", $$"""{"msisdn": "{{Number}}", "caller": "{{caller}}"}""", 202);

    private async Task Settle(string line) =>
        Assert.Equal(
            200,
            (await house.Ask(HttpMethod.Put, "subscribers/" + Number, $$"""{"line": "{{line}}"}""")).Status
        );

    private async Task<string> Gateway() =>
        (await house.Post("api-keys", """{"name": "gateway", "role": "telephony"}""", 201))
            .GetProperty("key")
            .GetString()!;

    private Task<(int Status, JsonElement Body)> Sms(string key, string id, string text) =>
        house.Ask(
            HttpMethod.Post,
            "sms/inbound",
            $$"""{"from": "+74950000001", "to": "{{Number}}", "text": "{{text}}", "message_id": "{{id}}-{{_id}}"}""",
            key
        );
}
