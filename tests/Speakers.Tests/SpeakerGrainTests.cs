using IotOrleans.Incidents;
using IotOrleans.Speakers;

namespace IotOrleans.Tests.Speakers;

public sealed class SpeakerGrainTests : IAsyncLifetime
{
    private SpeakerHouse _house = null!;
    private Ear _ear = null!;

    private ISpeakerGrain Kitchen => _house.Grain("kitchen");

    private DateTimeOffset Now => _house.Time.GetUtcNow();

    public async ValueTask InitializeAsync()
    {
        _house = await SpeakerHouse.Open();
        _ear = new(_house.Grains);
    }

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task A_ring_is_told_to_every_connection_and_written_nowhere()
    {
        await Kitchen.Connect("a", _ear.Self);
        await Kitchen.Connect("b", _ear.Self);
        var ring = Ring(30);

        Assert.Equal(2, await Kitchen.Tell(ring));

        Assert.Equal(("a", ring), await _ear.Next());
        Assert.Equal(("b", ring), await _ear.Next());
        Assert.Equal(0, _house.Storage.Writes);
    }

    [Fact]
    public async Task A_connection_that_is_only_vouched_for_hears_nothing_again()
    {
        await Kitchen.Tell(Message("m1"));
        Assert.Single(await Kitchen.Connect("a", _ear.Self));
        Assert.Empty(await Kitchen.Connect("a", _ear.Self));
    }

    [Fact]
    public async Task A_new_connection_hears_the_seconds_that_are_left_and_no_ring_that_is_over()
    {
        var (long_, short_) = (Ring(30), Ring(5));
        await Kitchen.Tell(long_);
        await Kitchen.Tell(short_);
        _house.Time.Advance(TimeSpan.FromSeconds(12.5));

        Assert.Equal([long_ with { RingSeconds = 18 }], await Kitchen.Connect("a", _ear.Self));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_call_that_was_answered_or_ended_rings_for_nobody_who_comes_later(bool answered)
    {
        var ring = Ring(30);
        await Kitchen.Tell(ring);
        await Kitchen.Tell(
            answered ? new AnsweredNotice(ring.CallId, null) : new EndedNotice(ring.CallId, "NO_ANSWER")
        );

        Assert.Empty(await Kitchen.Connect("a", _ear.Self));
        Assert.Empty((await Kitchen.Look()).Ringing);
    }

    [Fact]
    public async Task The_same_ring_told_twice_is_heard_once()
    {
        await Kitchen.Connect("a", _ear.Self);
        var ring = Ring(30);
        await Kitchen.Tell(ring);
        await Kitchen.Tell(ring);
        await Kitchen.Tell(new EndedNotice(ring.CallId, "NO_ANSWER"));

        Assert.Equal(ring, (await _ear.Next()).Notice);
        Assert.IsType<EndedNotice>((await _ear.Next()).Notice);
    }

    [Fact]
    public async Task What_is_unread_outlives_the_process_until_it_is_acknowledged()
    {
        await Kitchen.Tell(Message("m1"));
        await Kitchen.Tell(new AnnouncementNotice("a1", "Leak in the bath", "alarm", Now.AddHours(1)));
        await _house.Restart();
        var ear = new Ear(_house.Grains);

        Assert.Equal(["m1", "a1"], (await Kitchen.Connect("a", ear.Self)).Select(IdOf));
        Assert.Equal(Refusal.None, await Kitchen.Acknowledge("m1"));
        Assert.Equal(Refusal.AlreadyDone, await Kitchen.Acknowledge("m1"));
        Assert.Equal(Refusal.NotFound, await Kitchen.Acknowledge("m2"));
        Assert.Equal(["a1"], (await Kitchen.Connect("b", ear.Self)).Select(IdOf));
    }

    [Fact]
    public async Task A_message_delivered_again_is_neither_told_nor_kept_again_also_after_it_was_read()
    {
        await Kitchen.Connect("a", _ear.Self);
        await Kitchen.Tell(Message("m1"));
        await Kitchen.Tell(Message("m1"));
        await Kitchen.Acknowledge("m1");

        Assert.Equal(1, await Kitchen.Tell(Message("m1")));

        Assert.Equal(0, (await Kitchen.Look()).Unread);
        await Kitchen.Tell(Message("m2"));
        Assert.Equal("m1", IdOf((await _ear.Next()).Notice));
        Assert.Equal("m2", IdOf((await _ear.Next()).Notice));
    }

    [Fact]
    public async Task An_announcement_expires_unread()
    {
        await Kitchen.Tell(new AnnouncementNotice("a1", "Rain soon", "info", Now.AddMinutes(10)));
        _house.Time.Advance(TimeSpan.FromMinutes(10));

        Assert.Empty(await Kitchen.Connect("a", _ear.Self));
        Assert.Equal(0, (await Kitchen.Look()).Unread);
    }

    [Fact]
    public async Task Only_so_many_notices_wait_and_the_oldest_give_way()
    {
        for (var index = 0; index < SpeakerLimits.UnreadMax + 5; index++)
            await Kitchen.Tell(Message($"m{index}"));

        var pending = await Kitchen.Connect("a", _ear.Self);
        Assert.Equal(SpeakerLimits.UnreadMax, pending.Length);
        Assert.Equal("m5", IdOf(pending[0]));
    }

    [Fact]
    public async Task A_missed_call_is_shown_once_per_connection_until_it_is_acknowledged()
    {
        var ring = Ring(30);
        await Kitchen.Connect("a", _ear.Self);
        await Kitchen.Tell(ring);
        await Kitchen.Tell(new EndedNotice(ring.CallId, "NO_ANSWER"));
        await Kitchen.Miss(ring);
        await Kitchen.Miss(ring);
        await Kitchen.Look();

        var missed = Assert.IsType<AnnouncementNotice>(Assert.Single(await Kitchen.Connect("b", _ear.Self)));
        Assert.Equal("missed_call", missed.Level);
        Assert.Equal("Missed call from Anna (+79031112233) at 2026-11-20 12:00 UTC", missed.Text);
        Assert.Empty(await Kitchen.Connect("b", _ear.Self));
        Assert.Equal(Refusal.None, await Kitchen.Acknowledge(missed.AnnouncementId));
        Assert.Empty(await Kitchen.Connect("c", _ear.Self));
    }

    [Theory]
    [InlineData(null, null, "a withheld number")]
    [InlineData("+79031112233", null, "+79031112233")]
    [InlineData(null, "Anna", "Anna")]
    public async Task A_missed_call_names_the_caller_as_far_as_it_is_known(string? caller, string? name, string said)
    {
        await Kitchen.Miss(Ring(30) with { Caller = caller, CallerName = name });
        await Kitchen.Look();

        var missed = Assert.IsType<AnnouncementNotice>(Assert.Single(await Kitchen.Connect("b", _ear.Self)));
        Assert.StartsWith($"Missed call from {said} at ", missed.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_was_rejected_here_was_not_missed_here()
    {
        var ring = Ring(30);
        await Kitchen.Tell(ring);
        await Kitchen.Tell(new EndedNotice(ring.CallId, "CALL_REJECTED"));
        await Kitchen.Miss(ring);

        Assert.Equal(0, (await Kitchen.Look()).Unread);
    }

    [Fact]
    public async Task A_connection_that_nobody_vouches_for_is_forgotten()
    {
        await Kitchen.Connect("a", _ear.Self);
        _house.Time.Advance(SpeakerLimits.ConnectionLife / 2);
        await Kitchen.Connect("b", _ear.Self);
        _house.Time.Advance(SpeakerLimits.ConnectionLife / 2);

        Assert.Equal(["b"], (await Kitchen.Look()).Connections);
        Assert.Equal(1, await Kitchen.Tell(Ring(30)));
        Assert.Equal("b", (await _ear.Next()).Connection);
    }

    [Fact]
    public async Task The_newest_front_end_of_a_connection_is_told()
    {
        var newer = new Ear(_house.Grains);
        await Kitchen.Connect("a", _ear.Self);
        await Kitchen.Connect("a", newer.Self);

        Assert.Equal(1, await Kitchen.Tell(Ring(30)));
        Assert.Equal("a", (await newer.Next()).Connection);
    }

    [Fact]
    public async Task A_speaker_with_too_many_connections_lets_the_oldest_go()
    {
        for (var index = 0; index <= SpeakerLimits.ConnectionsMax; index++)
            await Kitchen.Connect($"c{index}", _ear.Self);

        Assert.Equal(("c0", new ReplacedNotice()), await _ear.Next());
        Assert.Equal(SpeakerLimits.ConnectionsMax, (await Kitchen.Look()).Connections.Length);
        Assert.DoesNotContain("c0", (await Kitchen.Look()).Connections);
    }

    [Fact]
    public async Task A_front_end_that_cannot_be_told_is_dropped_and_the_others_are_told()
    {
        var deaf = new Ear(_house.Grains);
        await Kitchen.Connect("deaf", deaf.Self);
        await Kitchen.Connect("a", _ear.Self);
        deaf.Deafen();

        Assert.Equal(1, await Kitchen.Tell(Ring(30)));
        Assert.Equal("a", (await _ear.Next()).Connection);
        Assert.Equal(["a"], (await Kitchen.Look()).Connections);
    }

    [Fact]
    public async Task An_alarm_is_heard_also_while_nothing_can_be_written()
    {
        await Kitchen.Connect("a", _ear.Self);
        _house.Storage.Fails = true;

        await Assert.ThrowsAsync<IOException>(() =>
            Kitchen.Tell(new AnnouncementNotice("a1", "Smoke in the kitchen", "alarm", Now.AddHours(1)))
        );

        Assert.Equal("a1", IdOf((await _ear.Next()).Notice));
    }

    [Fact]
    public async Task A_command_needs_somebody_there_and_its_result_stays_to_be_seen()
    {
        var command = new CommandNotice("c1", "open_door", null);
        var incident = new IncidentId(Guid.NewGuid());
        Assert.False(await Kitchen.Command(command, incident));
        await Kitchen.Connect("a", _ear.Self);

        Assert.True(await Kitchen.Command(command, incident));
        Assert.True(await Kitchen.Command(command, incident));
        Assert.Equal([command], await Kitchen.Connect("b", _ear.Self));
        Assert.Equal(Refusal.None, await Kitchen.CommandResult("c1", true, "opened"));
        Assert.Equal(Refusal.AlreadyDone, await Kitchen.CommandResult("c1", true, "opened"));
        Assert.Equal(Refusal.Conflict, await Kitchen.CommandResult("c1", false, null));
        Assert.Equal(Refusal.NotFound, await Kitchen.CommandResult("c2", true, null));

        Assert.Equal([new(command, incident, Now, true, "opened")], (await Kitchen.Look()).Commands!);
        await _house.Grains.Incident(incident).Look(); // it is told one way: an answer of it comes after that
        var noted = Assert.Single(_house.Calls.Noted);
        Assert.Equal(("command_result", "done", "opened"), (noted.Action, noted.Outcome, noted.Detail));
        Assert.Empty(await Kitchen.Connect("c", _ear.Self));
    }

    [Fact]
    public async Task A_command_is_not_repeated_when_it_is_old()
    {
        await Kitchen.Connect("a", _ear.Self);
        await Kitchen.Command(new("c1", "open_door", null), null);
        _house.Time.Advance(SpeakerLimits.CommandLife);

        Assert.Empty(await Kitchen.Connect("b", _ear.Self));
    }

    private RingNotice Ring(int seconds) =>
        new(new(Guid.NewGuid()), "+79031112233", "Anna", SpeakerHouse.Number, seconds, Now, Now.AddSeconds(seconds));

    private MessageNotice Message(string id) => new(id, "+79031112233", "Привет", Now);

    private static string IdOf(SpeakerNotice notice) =>
        notice switch
        {
            MessageNotice message => message.MessageId,
            AnnouncementNotice announcement => announcement.AnnouncementId,
            _ => notice.ToString(),
        };
}
