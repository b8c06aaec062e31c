using System.Text.Json;
using IotOrleans.Tests.Speakers;

namespace IotOrleans.Tests;

/// <summary>What rules do for events of each kind of device.</summary>
public sealed class ActionTests(SharedHouse house)
{
    private static int _next;

    private readonly string _id = Guid.NewGuid().ToString("N")[..8];
    private readonly string _flat = $"{Interlocked.Increment(ref _next):00}";

    private string Number => $"+7915300{_flat}11";

    private string Phone(string end) => $"+7915311{_flat}{end}";

    [Fact]
    public async Task One_event_does_three_things_once_each()
    {
        await using var kitchen = await Speaker("speaker");
        var ended = await Happens(
            "sensor_smoke",
            "smoke",
            $$"""
            {"type": "call", "targets": ["{{Phone("11")}}"]},
            {"type": "send_sms", "targets": ["{{Phone("12")}}"], "text": "Smoke"},
            {"type": "notify_device", "all_of_subscriber": true, "text": "Smoke in {room}"}
            """,
            times: 3
        );
        Assert.Equal(["call", "send_sms", "notify_device"], Attempts(ended, "action"));
        Assert.Single(house.Switch.Orders, order => order.Number == Phone("11")[1..]);
        Assert.Equal("Smoke in kitchen", (await kitchen.Hears<Announcement>()).Text);
        Assert.Equal(0, kitchen.Unasked<Announcement>());
        var sms = await house.Get("sms?msisdn=" + Uri.EscapeDataString(Phone("12")));
        Assert.Single(sms.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task A_fall_calls_the_emergency_contacts_in_order_until_one_presses_1()
    {
        await Settle(
            $$""" "emergency_contacts": ["{{Phone("00")}}", {"msisdn": "{{Phone("05")}}", "name": "Ivan"}] """
        );
        var ended = await Happens(
            "wearable",
            "fall",
            """{"type": "call", "targets": [], "emergency_contacts": true, "mode": "until_acknowledged"}"""
        );
        Assert.Equal([Phone("00"), Phone("05")], Attempts(ended, "target"));
        Assert.Equal(Phone("05"), ended.GetProperty("acknowledged_by").GetString());
    }

    [Theory]
    [InlineData("sos", true)]
    [InlineData("button", false)]
    public async Task A_cry_for_help_is_heard_in_quiet_hours_and_a_button_is_not(string eventType, bool calls)
    {
        await Settle(""" "quiet_hours": {"from": "00:00", "to": "23:59"}, "time_zone": "UTC" """);
        var incidents = await Tell("wearable", eventType, $$"""{"type": "call", "targets": ["{{Phone("11")}}"]}""");
        Assert.Equal(calls ? 1 : 0, incidents.Length);
    }

    [Fact]
    public async Task A_heart_anomaly_is_written_with_its_values()
    {
        await Settle($$""" "emergency_contacts": ["{{Phone("11")}}"] """);
        await Happens(
            "wearable",
            "heart_anomaly",
            """
            {"type": "send_sms", "targets": [], "emergency_contacts": true,
             "text": "Pulse {payload.vitals.rate} at {payload.position}"}
            """,
            """{"vitals": {"rate": 151}, "position": "55.75,37.62"}""",
            ends: false
        );
        var sms = await house.Until(
            "sms?msisdn=" + Uri.EscapeDataString(Phone("11")),
            page => page.GetProperty("items").GetArrayLength() == 1
        );
        Assert.Equal("Pulse 151 at 55.75,37.62", sms.GetProperty("items")[0].GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("""{"armed": true}""", "north", 1)]
    [InlineData("""{"armed": false}""", "north", 0)]
    [InlineData("""{"armed": true}""", "garage", 0)]
    public async Task Intrusion_calls_only_where_and_while_it_is_armed(string payload, string zone, int incidents)
    {
        var opened = await Tell(
            "sensor_intrusion",
            "intrusion",
            $$"""{"type": "call", "targets": ["{{Phone("11")}}"]}""",
            payload,
            """
            , "conditions": {"zone": "north", "payload": [{"path": "armed", "op": "eq", "value": true}]}
            """,
            zone
        );
        Assert.Equal(incidents, opened.Length);
    }

    [Fact]
    public async Task A_word_that_nobody_knew_before_is_an_event_like_any_other()
    {
        var ended = await Happens("other", "freezer_door", $$"""{"type": "call", "targets": ["{{Phone("11")}}"]}""");
        Assert.Equal("completed", ended.GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_recording_that_is_not_there_is_told_and_a_voice_takes_its_place()
    {
        var ended = await Happens(
            "sensor_smoke",
            "smoke",
            $$$"""
            {"type": "call", "targets": ["{{{Phone("11")}}}"], "message": {"file": "/sounds/missing.wav"}}
            """
        );
        Assert.Equal(["/sounds/missing.wav: file not found"], Attempts(ended, "detail"));
        Assert.Equal(["answered"], Attempts(ended, "outcome"));
    }

    [Fact]
    public async Task One_trace_leads_from_the_event_to_the_record_of_the_call()
    {
        var ended = await Happens("sensor_smoke", "smoke", $$"""{"type": "call", "targets": ["{{Phone("11")}}"]}""");
        var trace = ended.GetProperty("trace_id").GetString();
        var call = ended.GetProperty("attempts")[0].GetProperty("call_id").GetString();
        var log = await house.Get($"event-logs/{ended.GetProperty("event_id").GetString()}");
        Assert.Equal(trace, log.GetProperty("trace_id").GetString());
        Assert.Equal(trace, (await house.Get($"calls/{call}")).GetProperty("trace_id").GetString());
        var cdrs = await house.Get("cdrs?msisdn=" + Uri.EscapeDataString(Phone("11")));
        Assert.Equal(trace, cdrs.GetProperty("items")[0].GetProperty("trace_id").GetString());
    }

    private async Task<JsonElement> Happens(
        string type,
        string eventType,
        string actions,
        string payload = "{}",
        int times = 1,
        bool ends = true
    )
    {
        var opened = await Tell(type, eventType, actions, payload, times: times);
        var incident = Assert.Single(opened);
        return ends ? await house.IncidentEnds(incident) : await house.Get("incidents/" + incident);
    }

    private async Task<string[]> Tell(
        string type,
        string eventType,
        string actions,
        string payload = "{}",
        string more = "",
        string zone = "home",
        int times = 1
    )
    {
        var device = $"{type}-{_id}";
        var key = await house.Register(device, type, Number, $$""", "room": "kitchen", "zone": "{{zone}}" """);
        await house.Post(
            "rules",
            $$"""
            {"name": "r", "event_type": "{{eventType}}", "scope": {"msisdn": "{{Number}}"}{{more}},
             "actions": [{{actions}}]}
            """,
            201
        );
        JsonElement last = default;
        for (var time = 0; time < times; time++)
            last = (await house.Tell(key, device, eventType, "e-" + _id, payload)).Body;
        return [.. last.GetProperty("incidents").EnumerateArray().Select(incident => incident.GetString()!)];
    }

    private async Task Settle(string members)
    {
        var (status, body) = await house.Ask(HttpMethod.Put, "subscribers/" + Number, "{" + members + "}");
        Assert.True(status == 200, body.ToString());
    }

    private async Task<SpeakerClient> Speaker(string name) =>
        await SpeakerClient.Connect(house.Address, await house.Register($"{name}-{_id}", "speaker", Number));

    private static string[] Attempts(JsonElement incident, string member) =>
        [.. incident.GetProperty("attempts").EnumerateArray().Select(one => one.GetProperty(member).GetString()!)];
}
