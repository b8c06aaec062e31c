namespace IotOrleans.FreeSwitch;

/// <summary>What is done to living channels, and how the switch tells of it.</summary>
public sealed class ChannelCommandTests
{
    [Fact]
    public async Task A_hangup_names_its_cause_and_a_second_one_finds_nobody()
    {
        await using var room = await SwitchRoom.Open();
        var leg = await room.Answered();

        var first = await room.Link.HangUp(leg, "CALL_REJECTED");
        var ended = await room.Next(leg, ChannelEventKind.HungUp);
        var second = await room.Link.HangUp(leg);

        Assert.True(first.IsDone);
        Assert.Equal("CALL_REJECTED", ended.Cause);
        Assert.Equal(CommandOutcome.NoSuchChannel, second.Outcome);
    }

    [Fact]
    public async Task A_ringing_call_can_be_hung_up_and_its_order_ends_with_it()
    {
        await using var room = await SwitchRoom.Open();
        var leg = Guid.NewGuid();
        await room.Link.Originate(SwitchRoom.Order(leg));
        await room.Next(leg, ChannelEventKind.Created);

        await room.Link.HangUp(leg, "LOSE_RACE");
        var ended = await room.Next(leg, ChannelEventKind.HungUp);

        Assert.Equal(("LOSE_RACE", false), (ended.Cause, ended.WasAnswered));
    }

    [Fact]
    public async Task Two_bridged_legs_both_hear_of_it_and_end_together()
    {
        await using var room = await SwitchRoom.Open();
        var (a, b) = (await room.Answered(), await room.Answered());

        await room.Link.Bridge(a, b);
        var one = await room.Next<ChannelEvent>(fact => fact.Kind == ChannelEventKind.Bridged);
        var two = await room.Next<ChannelEvent>(fact => fact.Kind == ChannelEventKind.Bridged);
        room.Switch.HangUp(b);
        await room.Next(a, ChannelEventKind.Unbridged);
        await room.Next(a, ChannelEventKind.Destroyed);

        Assert.Equal((a, b), (one.Uuid, one.Other));
        Assert.Equal((b, a), (two.Uuid, two.Other));
        Assert.Empty(room.Switch.LiveChannels);
        var order = room.Heard.OfType<ChannelEvent>().Select(fact => (fact.Uuid, fact.Kind)).ToList();
        Assert.Contains((b, ChannelEventKind.HungUp), order);
        Assert.Contains((b, ChannelEventKind.Unbridged), order);
    }

    [Fact]
    public async Task Parking_one_leg_of_a_bridge_ends_the_other()
    {
        await using var room = await SwitchRoom.Open();
        var (a, b) = (await room.Answered(), await room.Answered());
        await room.Link.Bridge(a, b);

        await room.Link.Park(a);
        await room.Next(b, ChannelEventKind.HungUp);

        Assert.Equal([a], room.Switch.LiveChannels);
    }

    [Fact]
    public async Task Prompts_are_played_one_after_the_other_and_a_hangup_does_not_wait_for_them()
    {
        await using var room = await SwitchRoom.Open();
        var leg = await room.Answered();
        Guid[] prompts = [Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid()];
        await room.Link.Play(leg, "/sounds/1.wav", prompts[0]);
        await room.Link.Speak(leg, "two", "en", prompts[1]);
        await room.Link.Play(leg, "/sounds/3.wav", prompts[2]);

        room.Time.Advance(2);
        var first = await room.Next(leg, ChannelEventKind.PlaybackEnded);
        room.Time.Advance(2);
        var second = await room.Next(leg, ChannelEventKind.PlaybackEnded);
        await room.Link.HangUp(leg);
        await room.Next(leg, ChannelEventKind.HungUp);

        Assert.Equal([prompts[0], prompts[1]], [first.Playback, second.Playback]);
    }

    [Fact]
    public async Task Playing_can_be_stopped_with_all_that_waits()
    {
        await using var room = await SwitchRoom.Open();
        var leg = await room.Answered();
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        await room.Link.Play(leg, "/sounds/1.wav", first);
        await room.Link.Play(leg, "/sounds/2.wav", second);

        await room.Link.StopPlay(leg);
        var ended = await room.Next(leg, ChannelEventKind.PlaybackEnded);
        room.Time.Advance(10);
        await room.Link.HangUp(leg);
        await room.Next(leg, ChannelEventKind.Destroyed);

        Assert.Equal(first, ended.Playback);
        Assert.Single(room.Heard.OfType<ChannelEvent>(), fact => fact.Kind == ChannelEventKind.PlaybackEnded);
    }

    [Fact]
    public async Task A_sound_that_is_missing_is_told_of_by_the_end_of_its_playing()
    {
        await using var room = await SwitchRoom.Open();
        var leg = await room.Answered();

        await room.Link.Play(leg, "/sounds/missing.wav", Guid.NewGuid());

        Assert.Equal("FILE NOT FOUND", (await room.Next(leg, ChannelEventKind.PlaybackEnded)).PlaybackResult);
    }

    [Fact]
    public async Task Keys_are_collected_and_a_later_prompt_does_not_find_the_keys_of_an_earlier_one()
    {
        await using var room = await SwitchRoom.Open();
        var leg = await room.Answered("79160000005");
        var prompt = new DigitPrompt("/sounds/press_one.wav");

        await room.Link.CollectDigits(leg, prompt, Guid.NewGuid());
        room.Time.Advance(2);
        var pressed = await room.Next(leg, ChannelEventKind.PlaybackEnded);
        await room.Link.CollectDigits(leg, prompt, Guid.NewGuid());
        room.Time.Advance(12);
        var silent = await room.Next(leg, ChannelEventKind.PlaybackEnded);

        Assert.Equal("1", pressed.Digits);
        Assert.Null(silent.Digits);
    }

    [Fact]
    public async Task A_variable_that_is_set_comes_with_every_later_fact()
    {
        await using var room = await SwitchRoom.Open();
        var leg = await room.Answered();

        await room.Link.SetVariable(leg, "iot_note", "it's a, b = 100%");
        await room.Link.HangUp(leg);

        Assert.Equal("it's a, b = 100%", (await room.Next(leg, ChannelEventKind.HungUp)).Variables["iot_note"]);
    }

    [Fact]
    public async Task Every_command_to_a_channel_that_is_gone_says_so()
    {
        await using var room = await SwitchRoom.Open();
        var (gone, link) = (Guid.NewGuid(), room.Link);
        var answers = await Task.WhenAll(
            link.Answer(gone),
            link.RingReady(gone),
            link.PreAnswer(gone),
            link.Bridge(gone, gone),
            link.Transfer(gone, "9000"),
            link.Park(gone),
            link.Play(gone, "/a.wav", gone),
            link.Speak(gone, "a", "en", gone),
            link.CollectDigits(gone, new DigitPrompt("/a.wav"), gone),
            link.StopPlay(gone),
            link.SetVariable(gone, "a", "b"),
            link.SendDtmf(gone, "12#")
        );

        Assert.All(answers, answer => Assert.Equal(CommandOutcome.NoSuchChannel, answer.Outcome));
    }

    [Fact]
    public async Task Every_command_to_a_living_channel_is_taken()
    {
        await using var room = await SwitchRoom.Open();
        var (link, leg) = (room.Link, room.Switch.IncomingCall("79160000000", "79169999999", "Ann"));
        await room.Next(leg, ChannelEventKind.Created);
        Task<CommandAnswer>[] commands =
        [
            link.RingReady(leg),
            link.PreAnswer(leg),
            link.Answer(leg),
            link.SendDtmf(leg, "12#"),
            link.Transfer(leg, "9000"),
            link.Park(leg),
        ];

        Assert.All(await Task.WhenAll(commands), answer => Assert.True(answer.IsDone));
        await room.Next(leg, ChannelEventKind.Ringing);
        await room.Next(leg, ChannelEventKind.Answered);
    }

    [Theory]
    [InlineData("9000 XML evil")]
    [InlineData("")]
    [InlineData("a\nb")]
    public async Task An_extension_is_one_word(string extension)
    {
        await using var room = await SwitchRoom.Open();

        await Assert.ThrowsAnyAsync<ArgumentException>(() => room.Link.Transfer(Guid.NewGuid(), extension));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => room.Link.SendDtmf(Guid.NewGuid(), extension));
    }
}
