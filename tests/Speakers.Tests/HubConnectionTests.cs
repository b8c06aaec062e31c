using System.Net;
using System.Net.WebSockets;
using IotOrleans.Speakers;

namespace IotOrleans.Tests.Speakers;

/// <summary>Who may connect, what a connection hears when it opens, and how it ends.</summary>
public sealed class HubConnectionTests : IAsyncLifetime
{
    private SpeakerHouse _house = null!;

    public async ValueTask InitializeAsync() => _house = await SpeakerHouse.Open();

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Theory]
    [InlineData(null)]
    [InlineData("nonsense")]
    [InlineData("Hub:kitchen")]
    [InlineData("Admin:kitchen")]
    [InlineData("Device:kitchen,hall")]
    [InlineData("Device:not a name")]
    public async Task Nobody_but_one_device_gets_in(string? key)
    {
        await Assert.ThrowsAsync<WebSocketException>(() => SpeakerClient.Connect(_house.Address, key));

        using var http = new HttpClient { BaseAddress = _house.Address };
        if (key is not null)
            http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        var negotiated = await http.PostAsync(SpeakerRoutes.Hub + "/negotiate?negotiateVersion=1", null);
        Assert.True(negotiated.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_key_may_come_as_bearer()
    {
        using var http = new HttpClient { BaseAddress = _house.Address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", "Device:kitchen");

        var negotiated = await http.PostAsync(SpeakerRoutes.Hub + "/negotiate?negotiateVersion=1", null);

        Assert.Equal(HttpStatusCode.OK, negotiated.StatusCode);
        var offer = await negotiated.Content.ReadAsStringAsync();
        Assert.Contains("WebSockets", offer, StringComparison.Ordinal);
        Assert.DoesNotContain("LongPolling", offer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_comes_back_hears_the_seconds_that_are_left()
    {
        await using (var before = await _house.Speaker("kitchen"))
        {
            await _house.Ring("+79031112233", null, "kitchen");
            Assert.Equal(30, (await before.Hears<IncomingCall>()).RingSeconds);
        }
        _house.Time.Advance(TimeSpan.FromSeconds(21));
        await using var after = await _house.Speaker("kitchen");

        Assert.Equal(9, (await after.Hears<IncomingCall>()).RingSeconds);
    }

    [Fact]
    public async Task Who_comes_back_hears_no_call_that_is_over()
    {
        var (over, taken, late) = (
            await _house.Ring("+79031112233", null, "kitchen"),
            await _house.Ring("+79031112234", null, "kitchen", "hall"),
            await _house.Ring("+79031112235", null, "kitchen")
        );
        await _house.End(over);
        await using var hall = await _house.Speaker("hall");
        await hall.Answer(taken.ToString());
        _house.Time.Advance(TestCalls.RingTime);
        Assert.NotEqual(over, late);
        await using var kitchen = await _house.Speaker("kitchen");
        await _house.Settled(kitchen, "kitchen");

        Assert.Equal(0, kitchen.Unasked<IncomingCall>());
    }

    [Fact]
    public async Task A_missed_call_is_heard_once_per_connection_until_it_is_acknowledged()
    {
        await using var first = await _house.Speaker("kitchen");
        var call = await _house.Ring("+79031112233", "Anna", "kitchen");
        await _house.End(call);
        var missed = await first.Hears<Announcement>();
        Assert.Equal("missed_call", missed.Level);

        await using var second = await _house.Speaker("kitchen");
        Assert.Equal(missed, await second.Hears<Announcement>());
        Assert.Equal(new(true), await second.AckAnnouncement(missed.AnnouncementId));
        Assert.Equal(new(true), await first.AckAnnouncement(missed.AnnouncementId));

        await using var third = await _house.Speaker("kitchen");
        await _house.Settled(third, "kitchen");
        Assert.Equal(0, third.Unasked<Announcement>());
        Assert.Equal(0, first.Unasked<Announcement>());
    }

    [Fact]
    public async Task A_message_waits_for_a_speaker_that_is_away()
    {
        var at = _house.Time.GetUtcNow();
        await _house.Grain("kitchen").Tell(new MessageNotice("m1", "+79031112233", "你好 🎂", at));

        await using var kitchen = await _house.Speaker("kitchen");
        Assert.Equal(new("m1", "+79031112233", "你好 🎂", at), await kitchen.Hears<Message>());
        Assert.Equal(new(true), await kitchen.AckMessage("m1"));
    }

    [Fact]
    public async Task Both_connections_of_one_device_ring_and_both_have_won()
    {
        await using var one = await _house.Speaker("kitchen");
        await using var two = await _house.Speaker("kitchen");
        var call = (await _house.Ring("+79031112233", null, "kitchen")).ToString();
        await one.Hears<IncomingCall>();
        await two.Hears<IncomingCall>();

        Assert.Equal(new(true), await one.Answer(call));

        Assert.Equal(new(call, "kitchen", true), await one.Hears<CallAnswered>());
        Assert.Equal(new(call, "kitchen", true), await two.Hears<CallAnswered>());
    }

    [Fact]
    public async Task The_last_of_too_many_connections_takes_the_place_of_the_first()
    {
        await using var first = await _house.Speaker("kitchen");
        var others = new List<SpeakerClient>();
        for (var index = 0; index < SpeakerLimits.ConnectionsMax; index++)
            others.Add(await _house.Speaker("kitchen"));

        await first.Closed;
        await _house.Ring("+79031112233", null, "kitchen");
        foreach (var other in others)
        {
            await other.Hears<IncomingCall>();
            await other.DisposeAsync();
        }
    }

    [Fact]
    public async Task Nothing_is_told_to_a_speaker_that_it_does_not_concern()
    {
        await using var mine = await _house.Speaker("kitchen-1");
        await using var theirs = await _house.Speaker("kitchen-2");
        for (var index = 0; index < 50; index++)
        {
            await _house.Ring($"+7903111{index:D4}", null, index % 2 == 0 ? "kitchen-1" : "kitchen-2");
            await _house.Grain("kitchen-2").Tell(new MessageNotice($"m{index}", "+1", "x", _house.Time.GetUtcNow()));
        }
        await _house.Settled(mine, "kitchen-1");
        await _house.Settled(theirs, "kitchen-2");

        Assert.Equal((25, 25), (mine.Unasked<IncomingCall>(), theirs.Unasked<IncomingCall>()));
        Assert.Equal((0, 50), (mine.Unasked<Message>(), theirs.Unasked<Message>()));
    }

    [Fact]
    public async Task What_is_told_while_a_speaker_connects_is_neither_lost_nor_doubled_nor_late()
    {
        const int Many = 90;
        var at = _house.Time.GetUtcNow();
        for (var round = 0; round < 30; round++)
        {
            var device = $"kitchen-{round}";
            var connecting = _house.Speaker(device);
            for (var index = 0; index < Many; index++)
            {
                await _house.Grain(device).Tell(new MessageNotice($"m{index}", "+1", "x", at));
                await Task.Yield();
            }
            await using var kitchen = await connecting;
            await _house.Settled(kitchen, device);

            Assert.Equal(Many, kitchen.Unasked<Message>());
            for (var index = 0; index < Many; index++)
                Assert.Equal($"m{index}", (await kitchen.Hears<Message>()).MessageId);
        }
    }

    [Fact]
    public async Task A_speaker_whose_grain_cannot_wake_is_sent_away_to_come_again()
    {
        _house.Storage.Fails = true;
        await using var early = await SpeakerClient.Start(_house.Address, "Device:kitchen");
        await early.Closed;

        _house.Storage.Fails = false;
        await using var kitchen = await _house.Speaker("kitchen");
        await _house.Ring("+79031112233", null, "kitchen");
        await kitchen.Hears<IncomingCall>();
    }
}
