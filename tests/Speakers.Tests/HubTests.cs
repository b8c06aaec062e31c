using IotOrleans.Json;
using IotOrleans.Speakers;

namespace IotOrleans.Tests.Speakers;

/// <summary>The hub as speakers know it: real sockets, the real client.</summary>
public sealed class HubTests : IAsyncLifetime
{
    private SpeakerHouse _house = null!;

    public async ValueTask InitializeAsync() => _house = await SpeakerHouse.Open();

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task A_ring_has_the_shape_of_the_contract()
    {
        await using var kitchen = await _house.Speaker("kitchen");
        var call = await _house.Ring("+79031112233", "Анна", "kitchen");

        Assert.Equal(
            $$"""{"call_id":"{{call}}","caller":"+79031112233","caller_name":"Анна","""
                + "\"msisdn\":\"+79161234567\",\"ring_seconds\":30,\"started_at\":\"2026-11-20T12:00:00Z\"}",
            await kitchen.HearsText<IncomingCall>()
        );
    }

    [Fact]
    public async Task A_withheld_caller_is_null_and_not_absent()
    {
        await using var kitchen = await _house.Speaker("kitchen");
        await _house.Ring(null, null, "kitchen");

        Assert.Contains("\"caller\":null,\"caller_name\":null,", await kitchen.HearsText<IncomingCall>(), default);
    }

    [Fact]
    public async Task Everything_else_that_is_told_has_the_shape_of_the_contract()
    {
        await using var kitchen = await _house.Speaker("kitchen");
        var grain = _house.Grain("kitchen");
        var (id, at) = (Guid.NewGuid(), _house.Time.GetUtcNow());
        await grain.Tell(new AnsweredNotice(new(id), new("hall")));
        await grain.Tell(new AnsweredNotice(new(id), null));
        await grain.Tell(new EndedNotice(new(id), "NORMAL_CLEARING"));
        await grain.Tell(new MessageNotice("m1", "+79031112233", "До вечера", at));
        await grain.Tell(new AnnouncementNotice("a1", "Smoke", "alarm", at));
        await grain.Tell(new AnnouncementNotice("a2", "Smoke", "alarm", at.AddMinutes(1.5)));
        await grain.Tell(new CommandNotice("c1", "siren", new JsonText("""{"on": true, "zone": "a"}""")));
        await grain.Tell(new CommandNotice("c2", "silence", null));

        Assert.Equal(
            $$"""{"call_id":"{{id}}","by_device_id":"hall","by_me":false}""",
            await kitchen.HearsText<CallAnswered>()
        );
        Assert.Equal(
            $$"""{"call_id":"{{id}}","by_device_id":null,"by_me":false}""",
            await kitchen.HearsText<CallAnswered>()
        );
        Assert.Equal($$"""{"call_id":"{{id}}","cause":"NORMAL_CLEARING"}""", await kitchen.HearsText<CallEnded>());
        Assert.Equal(
            """{"message_id":"m1","from":"+79031112233","text":"До вечера","at":"2026-11-20T12:00:00Z"}""",
            await kitchen.HearsText<Message>()
        );
        Assert.Equal(
            """{"announcement_id":"a2","text":"Smoke","level":"alarm","expires_at":"2026-11-20T12:01:30Z"}""",
            await kitchen.HearsText<Announcement>()
        );
        Assert.Equal(
            """{"command_id":"c1","command":"siren","arguments":{"on": true, "zone": "a"}}""",
            await kitchen.HearsText<Command>()
        );
        Assert.Equal(
            """{"command_id":"c2","command":"silence","arguments":null}""",
            await kitchen.HearsText<Command>()
        );
    }

    [Fact]
    public async Task The_first_of_two_speakers_wins_and_both_hear_who_it_was()
    {
        await using var kitchen = await _house.Speaker("kitchen");
        await using var hall = await _house.Speaker("hall");
        var call = (await _house.Ring("+79031112233", null, "kitchen", "hall")).ToString();
        await kitchen.Hears<IncomingCall>();
        await hall.Hears<IncomingCall>();

        var replies = await Task.WhenAll(kitchen.Answer(call), hall.Answer(call));

        var winner = replies[0].Ok ? "kitchen" : "hall";
        Assert.Equal([new(true), new(false, "answered_elsewhere")], replies.OrderByDescending(reply => reply.Ok));
        Assert.Equal(new(call, winner, winner == "kitchen"), await kitchen.Hears<CallAnswered>());
        Assert.Equal(new(call, winner, winner == "hall"), await hall.Hears<CallAnswered>());
    }

    [Fact]
    public async Task Who_answered_may_say_so_twice_and_ends_the_call()
    {
        await using var kitchen = await _house.Speaker("kitchen");
        var call = (await _house.Ring("+79031112233", null, "kitchen")).ToString();

        Assert.Equal(new(true), await kitchen.Ringing(call));
        Assert.Equal(new(true), await kitchen.Answer(call));
        Assert.Equal(new(true), await kitchen.Answer(call));
        Assert.Equal(new(true), await kitchen.Hangup(call));
        Assert.Equal(new(call, "NORMAL_CLEARING"), await kitchen.Hears<CallEnded>());
        Assert.Equal(new(false, "ended"), await kitchen.Hangup(call));
        Assert.Equal(
            ["ringing kitchen", "answer kitchen", "answer kitchen", "hangup kitchen", "hangup kitchen"],
            _house.Calls.Said
        );
    }

    [Fact]
    public async Task Only_who_rejects_a_call_stops_ringing()
    {
        await using var kitchen = await _house.Speaker("kitchen");
        await using var hall = await _house.Speaker("hall");
        var call = (await _house.Ring("+79031112233", null, "kitchen", "hall")).ToString();

        Assert.Equal(new(true), await kitchen.Reject(call));
        Assert.Equal(new(call, "CALL_REJECTED"), await kitchen.Hears<CallEnded>());
        await _house.Settled(hall, "hall");
        Assert.Equal(0, hall.Unasked<CallEnded>());
        Assert.Equal(new(true), await hall.Answer(call));
    }

    [Fact]
    public async Task A_speaker_has_no_hand_in_the_calls_of_others()
    {
        await using var stranger = await _house.Speaker("stranger");
        var call = (await _house.Ring("+79031112233", null, "kitchen")).ToString();

        foreach (var method in (string[])["Answer", "Reject", "Hangup", "Ringing"])
            Assert.Equal(new(false, "not_found"), await stranger.Say(method, call));
        await _house.Settled(stranger, "stranger");
        Assert.Equal(0, stranger.Unasked<IncomingCall>());
    }

    [Fact]
    public async Task Who_did_not_answer_may_not_hang_up()
    {
        await using var kitchen = await _house.Speaker("kitchen");
        await using var hall = await _house.Speaker("hall");
        var call = (await _house.Ring("+79031112233", null, "kitchen", "hall")).ToString();
        await kitchen.Answer(call);

        Assert.Equal(new(false, "not_allowed"), await hall.Hangup(call));
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("kitchen")]
    [InlineData("{00000000-0000-0000-0000-000000000000}")]
    public async Task An_id_that_is_none_is_a_bad_request(string? id)
    {
        await using var kitchen = await _house.Speaker("kitchen");

        foreach (var method in (string[])["Answer", "Reject", "Hangup", "Ringing"])
            Assert.Equal("""{"ok":false,"reason":"bad_request"}""", (await kitchen.SayText(method, id)).GetRawText());
    }

    [Fact]
    public async Task Ids_of_notices_are_lines_of_a_bounded_length()
    {
        await using var kitchen = await _house.Speaker("kitchen");
        var bad = new Reply(false, "bad_request");
        foreach (var id in (string?[])["", null, "a\nb", new('x', 129)])
        {
            Assert.Equal(bad, await kitchen.Say("AckMessage", id));
            Assert.Equal(bad, await kitchen.Say("AckAnnouncement", id));
            Assert.Equal(bad, await kitchen.Say("CommandResult", id, true, null));
        }
        Assert.Equal(bad, await kitchen.CommandResult("c1", true, new('x', 1_025)));
        Assert.Equal(new(false, "not_found"), await kitchen.AckMessage("m1"));
        Assert.Equal(new(false, "not_found"), await kitchen.CommandResult("c1", false, null));
    }

    [Fact]
    public async Task What_is_of_another_type_is_refused_and_the_connection_stays()
    {
        await using var kitchen = await _house.Speaker("kitchen");

        await Assert.ThrowsAnyAsync<Exception>(() => kitchen.SayText("Answer", 17));
        await Assert.ThrowsAnyAsync<Exception>(() => kitchen.SayText("Answer"));
        await Assert.ThrowsAnyAsync<Exception>(() => kitchen.SayText("Anything", "x"));
        Assert.Equal(new(false, "not_found"), await kitchen.AckMessage("m1"));
    }

    [Fact]
    public async Task Trouble_behind_the_hub_is_an_answer_and_not_an_exception()
    {
        await using var kitchen = await _house.Speaker("kitchen");
        var call = (await _house.Ring("+79031112233", null, "kitchen")).ToString();
        _house.Calls.Trouble = new InvalidOperationException("the disk is full at 10.0.0.7");

        Assert.Equal("""{"ok":false,"reason":"unavailable"}""", (await kitchen.SayText("Answer", call)).GetRawText());
        _house.Calls.Trouble = null;
        Assert.Equal(new(true), await kitchen.Answer(call));
    }

    [Fact]
    public async Task A_speaker_that_calls_without_end_is_slowed_down_and_nobody_else()
    {
        await using var kitchen = await _house.Speaker("kitchen");
        await using var hall = await _house.Speaker("hall");

        var replies = new List<Reply>();
        for (var index = 0; index < 100; index++)
            replies.Add(await kitchen.AckMessage("m1"));

        Assert.Equal(59, replies.Count(reply => reply.Reason == "not_found"));
        Assert.Equal(new(false, "unavailable"), replies[^1]);
        Assert.Equal(new(false, "not_found"), await hall.AckMessage("m1"));
        _house.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(new(false, "not_found"), await kitchen.AckMessage("m1"));
    }

    [Fact]
    public async Task A_message_that_is_too_long_ends_the_connection()
    {
        await using var kitchen = await _house.Speaker("kitchen");

        await Assert.ThrowsAnyAsync<Exception>(() => kitchen.SayText("AckMessage", new string('x', 17 * 1024)));
        await kitchen.Closed;
    }
}
