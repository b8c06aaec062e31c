using IotOrleans.Tests.Speakers;

namespace IotOrleans.Tests;

/// <summary>One direction does not need the other: without a switch the home is still told.</summary>
public sealed class SwitchlessTests(SwitchlessHouse house) : IClassFixture<SwitchlessHouse>
{
    [Fact]
    public async Task Without_a_switch_an_sms_is_still_shown_and_smoke_is_kept_until_it_can_be_called()
    {
        var speaker = await house.Register("kitchen", "speaker", "+79165000011");
        var smoke = await house.Register("smoke", "sensor_smoke", "+79165000011");
        await using var kitchen = await SpeakerClient.Connect(house.Address, speaker);
        await house.Post(
            "rules",
            """
            {"name": "fire", "event_type": "smoke", "scope": {"device_id": "smoke"},
             "actions": [{"type": "notify_device", "all_of_subscriber": true, "text": "Smoke"},
                         {"type": "call", "targets": ["+79165000012"]}]}
            """,
            201
        );
        var gateway = await house.Post("api-keys", """{"name": "gateway", "role": "telephony"}""", 201);
        var (status, _) = await house.Ask(
            HttpMethod.Post,
            "sms/inbound",
            """{"from": "+74950000001", "to": "+79165000011", "text": "hello", "message_id": "m"}""",
            gateway.GetProperty("key").GetString()
        );
        Assert.Equal(202, status);
        Assert.Equal("hello", (await kitchen.Hears<Message>()).Text);

        var (taken, body) = await house.Tell(smoke, "smoke", "smoke", "e-1");
        Assert.Equal(202, taken);
        Assert.Equal("Smoke", (await kitchen.Hears<Announcement>()).Text);
        var incident = await house.Get("incidents/" + body.GetProperty("incidents")[0].GetString());
        Assert.Equal("running", incident.GetProperty("status").GetString());
    }
}

/// <summary>A switch is configured and is not there.</summary>
public sealed class SwitchlessHouse : WholeHouse
{
    protected override string[] More =>
        ["--Simulator:Enabled=false", "--FreeSwitch:Host=127.0.0.1", "--FreeSwitch:Port=1", "--FreeSwitch:Password=x"];
}
