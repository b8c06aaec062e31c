using System.Text.Json;
using IotOrleans.Tests.Speakers;

namespace IotOrleans.Tests;

/// <summary>Many devices on one number: whom a call rings, who is let through, and handing a talk on.</summary>
public sealed class ManyDevicesTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    private static int _next;

    private readonly string _id = Guid.NewGuid().ToString("N")[..8];
    private readonly string _flat = $"{Interlocked.Increment(ref _next):00}";

    private string Number => $"+7915000{_flat}11";

    private string Phone => $"+7915111{_flat}11";

    [Fact]
    public async Task A_speaker_and_a_phone_ring_together_and_the_first_one_wins()
    {
        await using var kitchen = await Speaker("kitchen");
        await Settle(
            $$$"""{"policy": {"targets": [{"device_id": "{{{Id("kitchen")}}}"}, {"msisdn": "{{{Phone}}}"}]}}"""
        );
        var call = await Ring();
        await kitchen.Hears<IncomingCall>();
        Assert.Null((await kitchen.Hears<CallAnswered>()).ByDeviceId);
        await Phase(call, "answered");
        Assert.Single(house.Switch.TalksWith(Guid.Parse(call)));
        house.Switch.HangUp(Guid.Parse(call));
    }

    [Fact]
    public async Task Round_robin_begins_with_another_one_each_time()
    {
        await using var kitchen = await Speaker("kitchen");
        await using var hall = await Speaker("hall");
        await Settle(
            $$$"""
            {"policy": {"mode": "round_robin", "ring_seconds": 20,
                        "targets": [{"device_id": "{{{Id("kitchen")}}}"}, {"device_id": "{{{Id("hall")}}}"}]}}
            """
        );
        var first = await Ring();
        Assert.Equal(first, (await kitchen.Hears<IncomingCall>()).CallId);
        house.Switch.HangUp(Guid.Parse(first));
        var second = await Ring();
        Assert.Equal(second, (await hall.Hears<IncomingCall>()).CallId);
        Assert.Equal(0, kitchen.Unasked<IncomingCall>());
        house.Switch.HangUp(Guid.Parse(second));
    }

    [Fact]
    public async Task Only_the_speakers_of_the_room_ring_and_those_that_are_away_are_passed_over()
    {
        await using var kitchen = await Speaker("kitchen", """, "room": "kitchen" """);
        await using var hall = await Speaker("hall", """, "room": "hall" """);
        await house.Register(Id("asleep"), "speaker", Number, """, "room": "kitchen" """);
        await Settle(
            """
            {"policy": {"mode": "sequential", "skip_away": true,
                        "targets": [{"room": "Kitchen"}, {"room": "attic"}]}}
            """
        );
        var call = await Ring();
        await kitchen.Hears<IncomingCall>();
        Assert.True((await kitchen.Reject(call)).Ok);
        await Phase(call, "ended");
        Assert.Equal(0, hall.Unasked<IncomingCall>());
    }

    [Fact]
    public async Task A_device_that_moves_to_another_room_rings_there()
    {
        await using var kitchen = await Speaker("kitchen", """, "room": "kitchen" """);
        await house.Ask(HttpMethod.Patch, "devices/" + Id("kitchen"), """{"room": "hall"}""");
        await Settle("""{"policy": {"targets": [{"room": "hall"}]}}""");
        var call = await Ring();
        await kitchen.Hears<IncomingCall>();
        house.Switch.HangUp(Guid.Parse(call));
    }

    [Fact]
    public async Task Who_is_not_to_be_disturbed_is_not_but_for_those_who_may()
    {
        await using var kitchen = await Speaker("kitchen");
        var until = DateTimeOffset.UtcNow.AddHours(1).ToString("O");
        await Settle(
            $$"""
            {"do_not_disturb_until": "{{until}}",
             "callers": [{"caller": "8 (495) 123-45-67", "action": "allow"}]}
            """
        );
        var stranger = await Ring("+74950000000");
        await Phase(stranger, "ended");
        Assert.Equal("USER_BUSY", await Cause(stranger));
        var friend = await Ring("+74951234567");
        Assert.Equal(friend, (await kitchen.Hears<IncomingCall>()).CallId);
        house.Switch.HangUp(Guid.Parse(friend));
    }

    [Fact]
    public async Task Callers_are_blocked_by_their_beginning_and_announced_by_a_name_of_ones_own()
    {
        await using var kitchen = await Speaker("kitchen");
        await Settle(
            """
            {"callers": [{"caller": "+7495*", "action": "block"}, {"caller": "withheld", "action": "block"},
                         {"caller": "+79160001122", "action": "announce", "name": "Grandma"}]}
            """
        );
        foreach (var caller in new[] { "+74951234567", null })
        {
            var blocked = await Ring(caller);
            await Phase(blocked, "ended");
            Assert.Equal("CALL_REJECTED", await Cause(blocked));
        }
        var call = await Ring("+79160001122");
        Assert.Equal("Grandma", (await kitchen.Hears<IncomingCall>()).CallerName);
        Assert.Equal(0, kitchen.Unasked<IncomingCall>());
        house.Switch.HangUp(Guid.Parse(call));
    }

    [Fact]
    public async Task A_talk_goes_on_on_the_phone_that_it_is_handed_to()
    {
        await using var kitchen = await Speaker("kitchen");
        await Settle($$"""{"emergency_contacts": ["{{Phone}}"]}""");
        var call = await Ring();
        await kitchen.Hears<IncomingCall>();
        await kitchen.Answer(call);
        await Phase(call, "answered");
        Assert.Equal("not_allowed", (await kitchen.Transfer(call, "+79990000000")).Reason);
        Assert.True((await kitchen.Transfer(call, Phone)).Ok);
        await house.Until("/health/live", _ => house.Switch.TalksWith(Guid.Parse(call)).Count == 1);
        Assert.Equal(call, (await kitchen.Hears<CallEnded>()).CallId);
        house.Switch.HangUp(house.Switch.TalksWith(Guid.Parse(call))[0]);
        await Phase(call, "ended");
        Assert.Equal(Phone, (await Cdr(call)).GetProperty("answered_by").GetString());
    }

    [Fact]
    public async Task A_talk_goes_from_the_phone_to_the_speaker_when_an_operator_hands_it_there()
    {
        await using var kitchen = await Speaker("kitchen", $""", "endpoint": "sip:kitchen-{_id}-x@192.0.2.7" """);
        await Settle($$$"""{"policy": {"targets": [{"msisdn": "{{{Phone}}}"}]}}""");
        var call = await Ring();
        await Phase(call, "answered");
        await house.Until("/health/live", _ => house.Switch.TalksWith(Guid.Parse(call)).Count == 1);
        var phone = house.Switch.TalksWith(Guid.Parse(call))[0];
        await house.Post($"calls/{call}/transfer", $$"""{"device_id": "{{Id("kitchen")}}"}""", 202);
        Assert.Equal(call, (await kitchen.Hears<IncomingCall>()).CallId);
        Assert.True((await kitchen.Answer(call)).Ok);
        Assert.True((await kitchen.Hears<CallAnswered>()).ByMe);
        await house.Until(
            "/health/live",
            _ => house.Switch.TalksWith(Guid.Parse(call)) is [var other] && other != phone
        );
        Assert.DoesNotContain(phone, house.Switch.LiveChannels);
        Assert.True((await kitchen.Hangup(call)).Ok);
        await Phase(call, "ended");
        Assert.Equal(Id("kitchen"), (await Cdr(call)).GetProperty("answered_by").GetString());
    }

    [Fact]
    public async Task A_place_that_does_not_answer_changes_nothing()
    {
        await using var kitchen = await Speaker("kitchen");
        await Settle($$"""{"emergency_contacts": ["{{Phone[..^2]}}00"]}""");
        var call = await Ring();
        await kitchen.Hears<IncomingCall>();
        await kitchen.Answer(call);
        Assert.True((await kitchen.Transfer(call, Phone[..^2] + "00")).Ok);
        await house.Until(
            $"cdrs?msisdn={Uri.EscapeDataString(Phone[..^2] + "00")}",
            page => page.GetProperty("items").GetArrayLength() == 1
        );
        await Phase(call, "answered");
        Assert.Equal(0, kitchen.Unasked<CallEnded>());
        Assert.True((await kitchen.Hangup(call)).Ok);
    }

    [Theory]
    [InlineData("""{"callers": [{"caller": "grandma", "action": "allow"}]}""", "callers[0].caller")]
    [InlineData("""{"callers": [{"caller": "+7495*", "action": "announce"}]}""", "callers[0].name")]
    [InlineData("""{"policy": {"targets": [{"room": "hall", "msisdn": "+79160000010"}]}}""", "policy.targets[0]")]
    public async Task What_cannot_be_settled_is_refused_by_its_name(string body, string field)
    {
        var (status, problem) = await house.Ask(HttpMethod.Put, "subscribers/" + Number, body);
        Assert.Equal(422, status);
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _), problem.ToString());
    }

    private string Id(string name) => $"{name}-{_id}";

    private async Task<SpeakerClient> Speaker(string name, string more = "") =>
        await SpeakerClient.Connect(house.Address, await house.Register(Id(name), "speaker", Number, more));

    private async Task<string> Ring(string? caller = "+74951112233")
    {
        var body = JsonSerializer.Serialize(new { msisdn = Number, caller });
        return (await house.Post("simulate/incoming-call", body, 202)).GetProperty("call_id").GetString()!;
    }

    private async Task Settle(string json)
    {
        var (status, body) = await house.Ask(HttpMethod.Put, "subscribers/" + Number, json);
        Assert.True(status == 200, body.ToString());
    }

    private async Task Phase(string call, string phase)
    {
        // The call is known as soon as its leg is written, which is a moment after the switch has made it.
        await house.Until(
            $"calls?msisdn={Uri.EscapeDataString(Number)}",
            page =>
                page.GetProperty("items")
                    .EnumerateArray()
                    .Any(leg =>
                        leg.GetProperty("call_id").GetString() == call && leg.GetProperty("phase").GetString() == phase
                    )
        );
    }

    private async Task<string?> Cause(string call) => (await Cdr(call)).GetProperty("hangup_cause").GetString();

    private async Task<JsonElement> Cdr(string call)
    {
        var page = await house.Until(
            $"cdrs?msisdn={Uri.EscapeDataString(Number)}",
            found =>
                found.GetProperty("items").EnumerateArray().Any(cdr => cdr.GetProperty("call_id").GetString() == call)
        );
        return page.GetProperty("items").EnumerateArray().Single(cdr => cdr.GetProperty("call_id").GetString() == call);
    }
}
