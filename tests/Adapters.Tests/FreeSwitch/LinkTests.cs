namespace IotOrleans.FreeSwitch;

public sealed class LinkTests
{
    private readonly Guid _leg = Guid.NewGuid();

    [Fact]
    public async Task A_call_is_created_rings_is_answered_and_ends_and_our_variables_come_back_with_each_fact()
    {
        await using var room = await SwitchRoom.Open();
        var order = SwitchRoom.Order(_leg) with
        {
            Variables = new Dictionary<string, string> { ["iot_trace"] = "it's, so" },
        };

        var answer = await room.Link.Originate(order);
        var created = await room.Next(_leg, ChannelEventKind.Created);
        room.Time.Advance(0.1);
        await room.Next(_leg, ChannelEventKind.Ringing);
        room.Time.Advance(0.4);
        await room.Next(_leg, ChannelEventKind.Answered);
        room.Time.Advance(60);
        var ended = await room.Next(_leg, ChannelEventKind.HungUp);
        await room.Next(_leg, ChannelEventKind.Destroyed);

        Assert.Equal(new OriginateAnswer(OriginateOutcome.Accepted), answer);
        Assert.Equal("it's, so", created.Variables["iot_trace"]);
        Assert.Equal("it's, so", ended.Variables["iot_trace"]);
        Assert.Equal(("NORMAL_CLEARING", true), (ended.Cause, ended.WasAnswered));
        Assert.Equal(TimeSpan.FromSeconds(60.5), ended.Duration);
        Assert.Equal(TimeSpan.FromSeconds(60), ended.Billable);
        Assert.Equal(new DateTimeOffset(2026, 11, 20, 12, 1, 0, 500, TimeSpan.Zero), ended.At);
        Assert.True(ended.Sequence > created.Sequence);
    }

    [Theory]
    [InlineData("79160000000", "USER_BUSY", 0.25)]
    [InlineData("79160000001", "NO_ANSWER", 30)]
    [InlineData("79160000002", "CALL_REJECTED", 0.25)]
    [InlineData("79160000003", "UNALLOCATED_NUMBER", 0.25)]
    public async Task A_call_that_nobody_takes_ends_with_the_switchs_own_word(
        string number,
        string cause,
        double seconds
    )
    {
        await using var room = await SwitchRoom.Open();

        await room.Link.Originate(SwitchRoom.Order(_leg, number));
        await room.Next(_leg, ChannelEventKind.Created);
        room.Time.Advance(seconds);
        var ended = await room.Next(_leg, ChannelEventKind.HungUp);

        Assert.Equal((cause, false, TimeSpan.Zero), (ended.Cause, ended.WasAnswered, ended.Billable));
    }

    [Fact]
    public async Task A_subscriber_may_hang_up_after_a_second()
    {
        await using var room = await SwitchRoom.Open();
        var leg = await room.Answered("79160000004");

        room.Time.Advance(1);
        var ended = await room.Next(leg, ChannelEventKind.HungUp);

        Assert.Equal(TimeSpan.FromSeconds(1), ended.Billable);
    }

    [Theory]
    [InlineData("79160000005", "1")]
    [InlineData("79160000006", "9")]
    public async Task A_subscriber_presses_a_key_when_the_prompt_is_over(string number, string key)
    {
        await using var room = await SwitchRoom.Open();
        var leg = await room.Answered(number);
        var prompt = Guid.NewGuid();

        await room.Link.Speak(leg, "Press one", "en", prompt);
        room.Time.Advance(2);
        var ended = await room.Next(leg, ChannelEventKind.PlaybackEnded);
        var pressed = await room.Next(leg, ChannelEventKind.Dtmf);

        Assert.Equal(prompt, ended.Playback);
        Assert.Equal(key, pressed.Digits);
    }

    [Fact]
    public async Task A_subscriber_who_is_asked_nothing_presses_after_a_second()
    {
        await using var room = await SwitchRoom.Open();
        var leg = await room.Answered("79160000005");

        room.Time.Advance(1);

        Assert.Equal("1", (await room.Next(leg, ChannelEventKind.Dtmf)).Digits);
    }

    [Fact]
    public async Task A_congested_number_answers_the_third_call()
    {
        await using var room = await SwitchRoom.Open();
        var causes = new List<string?>();
        for (var i = 0; i < 2; i++)
        {
            var leg = Guid.NewGuid();
            await room.Link.Originate(SwitchRoom.Order(leg, "79160000007"));
            await room.Next(leg, ChannelEventKind.Created);
            room.Time.Advance(0.25);
            causes.Add((await room.Next(leg, ChannelEventKind.HungUp)).Cause);
        }

        await room.Answered("79160000007");

        Assert.Equal(["NORMAL_TEMPORARY_FAILURE", "NORMAL_CIRCUIT_CONGESTION"], causes);
    }

    [Fact]
    public async Task A_prompt_as_the_whole_call_is_played_answered_by_a_key_and_hung_up()
    {
        await using var room = await SwitchRoom.Open();
        var leg = await room.Answered("79160000005", new CallApp.Playback("/sounds/fire alarm.wav"));

        room.Time.Advance(2);
        var played = await room.Next(leg, ChannelEventKind.PlaybackEnded);
        await room.Next(leg, ChannelEventKind.Dtmf);
        await room.Next(leg, ChannelEventKind.HungUp);

        Assert.Equal("FILE PLAYED", played.PlaybackResult);
    }

    [Fact]
    public async Task A_refusal_that_never_had_a_channel_ends_the_leg_all_the_same()
    {
        await using var room = await SwitchRoom.Open();
        var order = new OriginateOrder(_leg, DialTarget.DialString("nosuchendpoint/123"), new CallApp.Park());

        await room.Link.Originate(order);
        var ended = await room.Next(_leg, ChannelEventKind.HungUp);

        Assert.Equal(("CHAN_NOT_IMPLEMENTED", true), (ended.Cause, ended.IsFromOrder));
    }

    [Fact]
    public async Task A_second_order_for_a_living_leg_is_refused_and_does_not_end_it()
    {
        await using var room = await SwitchRoom.Open();
        var leg = await room.Answered();

        await room.OrderAgain(SwitchRoom.Order(leg));
        await room.OrderAgain(SwitchRoom.Order(leg));
        await room.Link.Originate(SwitchRoom.Order(Guid.NewGuid(), "79160000000"));
        var next = await room.Next<ChannelEvent>(fact =>
            fact.Kind is ChannelEventKind.HungUp or ChannelEventKind.Created
        );

        Assert.NotEqual(leg, next.Uuid);
        Assert.True(await room.Link.Exists(leg));
        Assert.Equal(1, room.Switch.CallsFor(leg));
    }

    [Fact]
    public async Task An_order_that_is_still_being_placed_is_not_placed_twice()
    {
        await using var room = await SwitchRoom.Open();

        var first = await room.Link.Originate(SwitchRoom.Order(_leg));
        var second = await room.Link.Originate(SwitchRoom.Order(_leg));

        Assert.Equal(OriginateOutcome.Accepted, first.Outcome);
        Assert.Equal(OriginateOutcome.AlreadyOrdered, second.Outcome);
        Assert.Single(room.Switch.Orders);
    }

    [Fact]
    public async Task A_loopback_that_makes_a_second_call_under_another_name_is_noticed_and_killed()
    {
        await using var room = await SwitchRoom.Open();
        var order = new OriginateOrder(_leg, DialTarget.DialString("loopback/55/default"), new CallApp.Park());
        await room.Link.Originate(order);
        await room.Next(_leg, ChannelEventKind.Created);
        room.Time.Advance(0.5);
        await room.Next(_leg, ChannelEventKind.Answered);

        await room.OrderAgain(order);
        await room.Next<ChannelEvent>(fact => fact.Kind == ChannelEventKind.Created && fact.Uuid != _leg);
        room.Time.Advance(0.5);
        var killed = await room.Next<StrangerKilled>();

        Assert.Equal(_leg, killed.Leg);
        Assert.Equal([_leg], room.Switch.LiveChannels);
    }

    [Fact]
    public async Task A_leg_id_may_be_used_again_after_the_hangup()
    {
        await using var room = await SwitchRoom.Open();
        var leg = await room.Answered("79160000004");
        room.Time.Advance(1);
        await room.Next(leg, ChannelEventKind.Destroyed);

        await room.Link.Originate(SwitchRoom.Order(leg));
        await room.Next(leg, ChannelEventKind.Created);

        Assert.Equal(2, room.Switch.CallsFor(leg));
    }

    [Fact]
    public async Task Without_a_connection_nothing_is_sent_and_the_answer_says_so()
    {
        await using var room = await SwitchRoom.Open();
        await room.Switch.StopAsync(CancellationToken.None);
        await room.Next<LinkDown>();

        Assert.Equal(OriginateOutcome.NotSent, (await room.Link.Originate(SwitchRoom.Order(_leg))).Outcome);
        var lost = await Assert.ThrowsAsync<EslLostException>(() => room.Link.Exists(_leg));
        Assert.False(lost.WasWritten);
    }

    [Fact]
    public async Task An_order_that_cannot_be_said_is_refused_before_anything_is_sent()
    {
        await using var room = await SwitchRoom.Open();
        var order = SwitchRoom.Order(_leg) with { CallerName = "a}b" };

        await Assert.ThrowsAnyAsync<ArgumentException>(() => room.Link.Originate(order));
        Assert.Empty(room.Switch.Orders);
    }

    [Fact]
    public async Task A_lost_reply_drops_the_link_and_leaves_the_order_unknown()
    {
        await using var room = await SwitchRoom.Open(linked: options => options.ReplyMilliseconds = 200);
        room.Switch.LoseReplies(3);

        var answer = await room.Link.Originate(SwitchRoom.Order(_leg));
        var down = await room.Next<LinkDown>();
        await room.Next<LinkUp>();

        Assert.Equal(OriginateOutcome.Unknown, answer.Outcome);
        Assert.StartsWith(nameof(EslLoss.NoReplyInTime), down.Why);
        Assert.True(await room.Link.Exists(_leg));
    }

    [Fact]
    public async Task A_silent_switch_is_asked_whether_it_lives()
    {
        await using var room = await SwitchRoom.Open(linked: options =>
            (options.PingSeconds, options.ReplyMilliseconds) = (1, 200)
        );
        room.Switch.LoseReplies(1);

        var down = await room.Next<LinkDown>();

        Assert.StartsWith(nameof(EslLoss.NoReplyInTime), down.Why);
    }

    [Fact]
    public async Task Reconnecting_is_loud_and_the_living_can_be_asked_about()
    {
        await using var room = await SwitchRoom.Open();
        var living = await room.Answered();
        var dying = await room.Answered();

        room.Switch.DropLinks();
        room.Switch.HangUp(dying);
        await room.Next<LinkDown>();
        await room.Next<LinkUp>();

        Assert.True(await room.Link.Exists(living));
        Assert.False(await room.Link.Exists(dying));
        var channel = Assert.Single(await room.Link.Channels());
        Assert.Equal(
            (living, true, false, "79160000055"),
            (channel.Uuid, channel.IsAnswered, channel.IsInbound, channel.Destination)
        );
    }

    [Fact]
    public async Task A_reader_that_falls_behind_costs_the_connection_and_never_an_event()
    {
        await using var room = await SwitchRoom.Open(linked: options => options.EventsMax = 16);
        for (var i = 0; i < 40; i++)
            await TryOriginate(room, Guid.NewGuid());

        var down = await room.Next<LinkDown>();

        Assert.StartsWith(nameof(EslLoss.ConsumerTooSlow), down.Why);
        var numbers = room.Heard.OfType<ChannelEvent>().Select(fact => fact.Sequence).ToList();
        Assert.Equal(numbers.Order(), numbers);
        await room.Next<LinkUp>();
    }

    private static async Task TryOriginate(SwitchRoom room, Guid leg) =>
        Assert.NotEqual(OriginateOutcome.Refused, (await room.Link.Originate(SwitchRoom.Order(leg))).Outcome);
}
