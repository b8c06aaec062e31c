using System.Text.Json;
using IotOrleans.Tests.Speakers;

namespace IotOrleans.Tests;

/// <summary>Somebody rings at the door: the doorphone is called, and the people who live there.</summary>
public sealed class DoorphoneTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    private static int _next;

    private readonly string _id = Guid.NewGuid().ToString("N")[..8];
    private readonly int _flat = Interlocked.Increment(ref _next);

    private string Number => $"+7918000{_flat:00}11";

    private string Phone => $"+7918111{_flat:00}11";

    private string Second => $"+7918222{_flat:00}11";

    // The last two digits of an address say how it is answered: a letter last, for a door that always picks up.
    private string Door => $"door-{_id}-x";

    [Fact]
    public async Task A_phone_that_answers_is_joined_to_the_door_and_its_key_opens_it_once()
    {
        await using var door = await Doorphone([Phone]);
        var incident = await RingsAtTheDoor();
        var visit = await Visit(incident, "answered");
        await house.Until("/health/live", _ => TalksTo(visit) is not null);
        var talking = TalksTo(visit)!.Value;

        house.Switch.Press(talking, "5#");
        var opens = await door.Hears<Command>();
        Assert.Equal("open_door", opens.Word);
        Assert.True((await door.CommandResult(opens.CommandId, true, null)).Ok);
        var opened = await house.Until(
            $"incidents/{incident}",
            now => Attempts(now).Any(attempt => attempt.GetProperty("action").GetString() == "open_door")
        );
        var by = Attempts(opened).Single(attempt => attempt.GetProperty("action").GetString() == "open_door");
        Assert.Contains(Phone, by.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, door.Unasked<Command>());

        house.Switch.HangUp(talking);
        Assert.Equal("completed", (await house.IncidentEnds(incident)).GetProperty("status").GetString());
        Assert.DoesNotContain(visit, house.Switch.LiveChannels);
    }

    [Fact]
    public async Task The_speaker_in_the_flat_rings_with_the_name_and_picture_of_the_door_and_opens_it()
    {
        await using var door = await Doorphone([Phone[..^2] + "01"]);
        await using var kitchen = await Speaker("kitchen");
        var incident = await RingsAtTheDoor("""{"snapshot_url": "https://door.example/1.jpg"}""");
        var rings = await kitchen.Hears<IncomingCall>();
        Assert.Equal((null, "Front door"), (rings.Caller, rings.CallerName));
        Assert.Equal("https://door.example/1.jpg", rings.Door!.SnapshotUrl);
        Assert.Equal("not_allowed", (await kitchen.OpenDoor(rings.CallId)).Reason);

        Assert.True((await kitchen.Answer(rings.CallId)).Ok);
        Assert.True((await kitchen.OpenDoor(rings.CallId)).Ok);
        Assert.Equal("open_door", (await door.Hears<Command>()).Word);
        Assert.True((await kitchen.Hangup(rings.CallId)).Ok);
        Assert.Equal("completed", (await house.IncidentEnds(incident)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Nobody_at_home_is_told_to_the_visitor_and_shown_to_the_home_afterwards()
    {
        await using var door = await Doorphone([Phone[..^2] + "00"]);
        await using var kitchen = await Speaker("kitchen");
        var incident = await RingsAtTheDoor();
        await kitchen.Reject((await kitchen.Hears<IncomingCall>()).CallId);
        var ended = await house.IncidentEnds(incident);
        Assert.Equal("failed", ended.GetProperty("status").GetString());
        Assert.Equal("no_answer", Attempts(ended).Single().GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task In_a_conference_everybody_who_answers_talks_and_the_last_one_out_ends_it()
    {
        await using var door = await Doorphone([Phone, Second], """, "conference": true""");
        var incident = await RingsAtTheDoor();
        var visit = await Visit(incident, "answered");
        await house.Until("/health/live", _ => house.Switch.TalksWith(visit).Count == 2);
        var people = house.Switch.TalksWith(visit);
        house.Switch.HangUp(people[0]);
        await house.Until("/health/live", _ => house.Switch.TalksWith(visit).Count == 1);
        Assert.Contains(visit, house.Switch.LiveChannels);
        house.Switch.HangUp(people[1]);
        await house.IncidentEnds(incident);
        Assert.DoesNotContain(visit, house.Switch.LiveChannels);
    }

    [Fact]
    public async Task A_visitor_who_leaves_ends_the_ringing()
    {
        await using var door = await Doorphone([Phone[..^2] + "01"]);
        await using var kitchen = await Speaker("kitchen");
        await RingsAtTheDoor();
        var call = (await kitchen.Hears<IncomingCall>()).CallId;
        house.Switch.HangUp(Guid.Parse(call));
        Assert.Equal(call, (await kitchen.Hears<CallEnded>()).CallId);
        await house.Until(
            $"calls?msisdn={Uri.EscapeDataString(Phone[..^2] + "01")}",
            page =>
                page.GetProperty("items").EnumerateArray().All(leg => leg.GetProperty("phase").GetString() == "ended")
        );
    }

    [Fact]
    public async Task A_door_without_a_sip_address_is_reported_as_not_bridged()
    {
        _key = await house.Register(Door, "doorphone", Number);
        await Rule([Phone], "");
        var ended = await house.IncidentEnds(await RingsAtTheDoor());
        var attempt = Attempts(ended).Single();
        Assert.Equal("not_delivered", attempt.GetProperty("outcome").GetString());
        Assert.Equal("the device has no SIP endpoint", attempt.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Emergency_services_do_not_ring_for_a_visitor()
    {
        await using var door = await Doorphone(["112", Phone]);
        var incident = await RingsAtTheDoor();
        await Visit(incident, "answered");
        Assert.DoesNotContain(house.Switch.Orders, order => order.Number == "112");
    }

    private string _key = "";

    private async Task<SpeakerClient> Doorphone(string[] targets, string more = "")
    {
        _key = await house.Register(
            Door,
            "doorphone",
            Number,
            $$$"""
            , "name": "Front door", "endpoint": "sip:{{{Door}}}@192.0.2.9",
            "metadata": {"open_key": "#", "video_url": "rtsp://192.0.2.9/1"}
            """
        );
        await Rule(targets, more);
        return await SpeakerClient.Connect(house.Address, _key);
    }

    private Task<JsonElement> Rule(string[] targets, string more) =>
        house.Post(
            "rules",
            $$"""
            {"name": "door", "event_type": "doorbell", "scope": {"device_id": "{{Door}}"},
             "actions": [{"type": "bridge", "device_id": "{{Door}}",
                          "targets": {{JsonSerializer.Serialize(targets)}}{{more}}}]}
            """,
            201
        );

    private async Task<SpeakerClient> Speaker(string name) =>
        await SpeakerClient.Connect(house.Address, await house.Register($"{name}-{_id}", "speaker", Number));

    private async Task<string> RingsAtTheDoor(string payload = "{}")
    {
        var (_, body) = await house.Tell(_key, Door, "doorbell", "bell", payload);
        return body.GetProperty("incidents")[0].GetString()!;
    }

    /// <summary>The leg to the door, when its attempt has come to this.</summary>
    private async Task<Guid> Visit(string incident, string outcome)
    {
        var now = await house.Until(
            $"incidents/{incident}",
            here => Attempts(here).Any(attempt => attempt.GetProperty("outcome").GetString() == outcome)
        );
        return Attempts(now).First().GetProperty("call_id").GetGuid();
    }

    private Guid? TalksTo(Guid visit) => house.Switch.TalksWith(visit) is [var other] ? other : null;

    private static JsonElement[] Attempts(JsonElement incident) =>
        [.. incident.GetProperty("attempts").EnumerateArray()];
}
