using System.Text.Json;
using IotOrleans.Tests.Speakers;

namespace IotOrleans.Tests;

/// <summary>A call to a number rings at home: switch, call plan, speakers on real sockets.</summary>
public sealed class CallsInTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    private static int _next = 10;

    private readonly string _id = Guid.NewGuid().ToString("N")[..8];
    private readonly string _number = $"+7917000{Interlocked.Increment(ref _next) + 1000:0000}";

    [Fact]
    public async Task Both_speakers_ring_one_answers_the_other_hears_who_and_a_record_is_left()
    {
        await using var kitchen = await Speaker("kitchen");
        await using var hall = await Speaker("hall");
        var call = await Ring("+74951234567", "Grandma");
        var rings = await kitchen.Hears<IncomingCall>();
        Assert.Equal(
            (call, "+74951234567", "Grandma", _number),
            (rings.CallId, rings.Caller, rings.CallerName, rings.Msisdn)
        );
        Assert.Equal(call, (await hall.Hears<IncomingCall>()).CallId);

        Assert.True((await kitchen.Answer(call)).Ok);
        Assert.True((await kitchen.Hears<CallAnswered>()).ByMe);
        var elsewhere = await hall.Hears<CallAnswered>();
        Assert.Equal((Id("kitchen"), false), (elsewhere.ByDeviceId, elsewhere.ByMe));
        await Phase(call, "answered");

        Assert.True((await kitchen.Hangup(call)).Ok);
        Assert.Equal(call, (await kitchen.Hears<CallEnded>()).CallId);
        var cdr = await Cdr(call);
        Assert.Equal(Id("kitchen"), cdr.GetProperty("answered_by").GetString());
        Assert.Equal("inbound", cdr.GetProperty("direction").GetString());
        Assert.DoesNotContain(Guid.Parse(call), house.Switch.LiveChannels);
    }

    [Fact]
    public async Task Of_two_who_answer_at_once_exactly_one_wins()
    {
        await using var kitchen = await Speaker("kitchen");
        await using var hall = await Speaker("hall");
        for (var round = 0; round < 10; round++)
        {
            var call = await Ring("+74951234567");
            await Task.WhenAll(kitchen.Hears<IncomingCall>(), hall.Hears<IncomingCall>());
            var replies = await Task.WhenAll(Task.Run(() => kitchen.Answer(call)), Task.Run(() => hall.Answer(call)));
            Assert.Single(replies, reply => reply.Ok);
            Assert.Single(replies, reply => reply is { Ok: false, Reason: "answered_elsewhere" });
            house.Switch.HangUp(Guid.Parse(call));
            await Phase(call, "ended");
            await Task.WhenAll(
                kitchen.Hears<CallEnded>(),
                hall.Hears<CallEnded>(),
                kitchen.Hears<CallAnswered>(),
                hall.Hears<CallAnswered>()
            );
        }
    }

    [Fact]
    public async Task Nobody_answers_so_the_fallback_rings_and_the_missed_call_is_shown_afterwards()
    {
        await using var kitchen = await Speaker("kitchen");
        await Settle(
            """{"policy": {"mode": "simultaneous", "ring_seconds": 1, "fallback": [{"msisdn": "+79178888811"}]}}"""
        );
        var call = await Ring("+74951234567");
        Assert.Equal(1, (await kitchen.Hears<IncomingCall>()).RingSeconds);
        await house.Until("calls?msisdn=%2B79178888811", page => page.GetProperty("items").GetArrayLength() == 1);
        await Phase(call, "answered");
        house.Switch.HangUp(Guid.Parse(call));
        await Phase(call, "ended");
        Assert.Equal("+79178888811", (await Cdr(call)).GetProperty("answered_by").GetString());
    }

    [Fact]
    public async Task A_caller_who_gives_up_leaves_a_missed_call_that_is_shown_until_it_is_acknowledged()
    {
        var key = await house.Register(Id("kitchen"), "speaker", _number);
        var kitchen = await SpeakerClient.Connect(house.Address, key);
        var call = await Ring("+74951234567", "Grandma");
        await kitchen.Hears<IncomingCall>();
        await kitchen.DisposeAsync();
        house.Switch.HangUp(Guid.Parse(call), "ORIGINATOR_CANCEL");
        await Phase(call, "ended");

        await using var back = await SpeakerClient.Connect(house.Address, key);
        var missed = await back.Hears<Announcement>();
        Assert.Equal("missed_call", missed.Level);
        Assert.Contains("Grandma", missed.Text, StringComparison.Ordinal);
        Assert.True((await back.AckAnnouncement(missed.AnnouncementId)).Ok);
    }

    [Fact]
    public async Task Sequential_ringing_goes_from_one_to_the_next()
    {
        await using var kitchen = await Speaker("kitchen");
        await using var hall = await Speaker("hall");
        await Settle(
            $$$"""
            {"policy": {"mode": "sequential", "ring_seconds": 20,
                        "targets": [{"device_id": "{{{Id("kitchen")}}}"}, {"device_id": "{{{Id("hall")}}}"}]}}
            """
        );
        var call = await Ring("+74951234567");
        await kitchen.Hears<IncomingCall>();
        Assert.Equal(0, hall.Unasked<IncomingCall>());
        Assert.True((await kitchen.Reject(call)).Ok);
        await hall.Hears<IncomingCall>();
        Assert.True((await hall.Reject(call)).Ok);
        await Phase(call, "ended");
        Assert.Equal("CALL_REJECTED", (await Cdr(call)).GetProperty("hangup_cause").GetString());
    }

    [Fact]
    public async Task A_speaker_with_a_sip_address_is_joined_to_the_caller_when_it_answers()
    {
        await using var kitchen = await Speaker("kitchen", $""", "endpoint": "sip:kitchen-{_id}-x@192.0.2.7" """);
        var call = await Ring("+74951234567");
        await kitchen.Hears<IncomingCall>();
        Assert.True((await kitchen.Answer(call)).Ok);
        await Phase(call, "answered");
        await house.Until("/health/live", _ => LegsTo("kitchen-" + _id) == 1);
        Assert.True((await kitchen.Hangup(call)).Ok);
        await Phase(call, "ended");
    }

    [Fact]
    public async Task A_number_that_is_not_ours_is_left_to_the_switch()
    {
        Assert.Equal(404, (await house.Ask(HttpMethod.Get, "routing/+79179999999")).Status);
        var call = await Ring("+74951234567");
        Assert.Equal(404, (await house.Ask(HttpMethod.Get, $"calls/{call}")).Status);
    }

    [Fact]
    public async Task A_speaker_cannot_touch_a_call_of_somebody_else()
    {
        await using var kitchen = await Speaker("kitchen");
        var stranger = await SpeakerClient.Connect(
            house.Address,
            await house.Register("stranger-" + _id, "speaker", "+79170001999")
        );
        await using var _ = stranger;
        var call = await Ring("+74951234567");
        await kitchen.Hears<IncomingCall>();
        Assert.Equal("not_found", (await stranger.Answer(call)).Reason);
        Assert.Equal("not_found", (await stranger.Hangup(call)).Reason);
        Assert.Equal(0, stranger.Unasked<IncomingCall>());
        Assert.True((await kitchen.Reject(call)).Ok);
    }

    [Fact]
    public async Task A_withheld_caller_is_shown_as_nobody_and_never_guessed()
    {
        await using var kitchen = await Speaker("kitchen");
        await Ring(null);
        Assert.Null((await kitchen.Hears<IncomingCall>()).Caller);
    }

    [Fact]
    public async Task A_new_policy_holds_for_the_very_next_call()
    {
        await using var kitchen = await Speaker("kitchen");
        await using var hall = await Speaker("hall");
        await Settle($$$"""{"policy": {"ring_seconds": 20, "targets": [{"device_id": "{{{Id("hall")}}}"}]}}""");
        var call = await Ring("+74951234567");
        await hall.Hears<IncomingCall>();
        Assert.Equal(0, kitchen.Unasked<IncomingCall>());
        await hall.Reject(call);
    }

    private string Id(string name) => $"{name}-{_id}";

    private async Task<SpeakerClient> Speaker(string name, string more = "") =>
        await SpeakerClient.Connect(house.Address, await house.Register(Id(name), "speaker", _number, more));

    private async Task<string> Ring(string? caller, string? name = null)
    {
        var body = JsonSerializer.Serialize(
            new
            {
                msisdn = _number,
                caller,
                caller_name = name,
            }
        );
        return (await house.Post("simulate/incoming-call", body, 202)).GetProperty("call_id").GetString()!;
    }

    private async Task Settle(string json)
    {
        var (status, body) = await house.Ask(HttpMethod.Put, "subscribers/" + _number, json);
        Assert.True(status == 200, body.ToString());
    }

    private Task<JsonElement> Phase(string call, string phase) =>
        house.Until($"calls/{call}", leg => leg.GetProperty("phase").GetString() == phase);

    /// <summary>How many channels live that were ordered for this address.</summary>
    private int LegsTo(string address) =>
        house.Switch.Orders.Count(order =>
            order.Number.Contains(address, StringComparison.Ordinal)
            && order.Channel is { } channel
            && house.Switch.LiveChannels.Contains(channel)
        );

    private async Task<JsonElement> Cdr(string call)
    {
        var page = await house.Until(
            $"cdrs?msisdn={Uri.EscapeDataString(_number)}",
            found =>
                found.GetProperty("items").EnumerateArray().Any(cdr => cdr.GetProperty("call_id").GetString() == call)
        );
        return page.GetProperty("items").EnumerateArray().Single(cdr => cdr.GetProperty("call_id").GetString() == call);
    }
}
