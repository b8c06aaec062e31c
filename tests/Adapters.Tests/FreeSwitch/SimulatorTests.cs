using IotOrleans.FreeSwitch.Simulator;
using Microsoft.Extensions.Logging.Abstractions;

namespace IotOrleans.FreeSwitch;

/// <summary>Habits of the real switch that the simulator shares, because our code has to live with them.</summary>
public sealed class SimulatorTests
{
    [Fact]
    public async Task An_api_command_holds_up_events_and_other_replies_until_it_returns()
    {
        await using var room = await SwitchRoom.Open();
        await using var client = await LoggedIn(room, "event plain ALL\n\n");
        var leg = Guid.NewGuid();

        await client.Say($"api originate {{origination_uuid={leg}}}sofia/internal/55@h &park()\n\napi version\n\n");
        await room.Next(leg, ChannelEventKind.Created);
        var heardBefore = client.Events.Count;
        room.Time.Advance(0.5);
        var first = await client.Reply();
        var second = await client.Reply();

        Assert.Equal(0, heardBefore);
        Assert.Equal($"+OK {leg}\n", first.BodyText);
        Assert.StartsWith("FreeSWITCH", second.BodyText);
        Assert.Contains(client.Events, change => change.Name == "CHANNEL_ANSWER");
    }

    [Fact]
    public async Task Without_a_lock_prompts_nest_and_end_last_in_first_out()
    {
        await using var room = await SwitchRoom.Open();
        var leg = await room.Answered();
        await using var client = await LoggedIn(room, "event plain PLAYBACK_STOP\n\n");
        foreach (var file in new[] { "1", "2", "3" })
        {
            await client.Say(
                $"sendmsg {leg}\ncall-command: execute\nexecute-app-name: playback\nexecute-app-arg: /{file}\n\n"
            );
            await client.Reply();
        }

        room.Time.Advance(2);
        for (var i = 0; i < 3; i++)
            await client.Until("PLAYBACK_STOP");

        Assert.Equal(["/3", "/2", "/1"], client.Events.Select(change => change["Playback-File-Path"]));
    }

    [Fact]
    public async Task An_unknown_application_is_taken_with_a_plus_and_ends_the_call()
    {
        await using var room = await SwitchRoom.Open();
        var leg = await room.Answered();
        await using var client = await LoggedIn(room);

        await client.Say($"sendmsg {leg}\ncall-command: execute\nexecute-app-name: nosuchapp\n\n");

        Assert.Equal("+OK", (await client.Reply()).Headers["Reply-Text"]);
        Assert.Equal("DESTINATION_OUT_OF_ORDER", (await room.Next(leg, ChannelEventKind.HungUp)).Cause);
    }

    [Fact]
    public async Task An_unknown_call_command_is_taken_with_a_plus_and_does_nothing()
    {
        await using var room = await SwitchRoom.Open();
        var leg = await room.Answered();
        await using var client = await LoggedIn(room);

        await client.Say($"sendmsg {leg}\ncall-command: nosuch\n\n");

        Assert.Equal("+OK", (await client.Reply()).Headers["Reply-Text"]);
        Assert.Equal([leg], room.Switch.LiveChannels);
    }

    [Fact]
    public async Task A_job_goes_on_when_the_connection_that_started_it_has_gone()
    {
        await using var room = await SwitchRoom.Open();
        var leg = Guid.NewGuid();
        await using (var client = await LoggedIn(room))
        {
            await client.Say($"bgapi originate {{origination_uuid={leg}}}sofia/internal/55@h &park()\n\n");
            await client.Reply();
        }
        await room.Next(leg, ChannelEventKind.Created);

        room.Time.Advance(0.5);

        await room.Next(leg, ChannelEventKind.Answered);
    }

    [Fact]
    public async Task The_result_of_an_order_and_the_end_of_its_channel_come_in_either_order()
    {
        await using var room = await SwitchRoom.Open();
        await using var client = await LoggedIn(room, "event plain BACKGROUND_JOB CHANNEL_HANGUP_COMPLETE\n\n");
        for (var i = 0; i < 2; i++)
        {
            await client.Say("bgapi originate sofia/internal/00@h &park()\n\n");
            await client.Reply();
            room.Time.Advance(0.25);
            await client.Until("CHANNEL_HANGUP_COMPLETE");
        }
        await client.Until("BACKGROUND_JOB");

        Assert.Equal(
            ["BACKGROUND_JOB", "CHANNEL_HANGUP_COMPLETE", "CHANNEL_HANGUP_COMPLETE", "BACKGROUND_JOB"],
            client.Events.Select(change => change.Name)
        );
    }

    [Fact]
    public async Task A_full_switch_refuses_in_the_same_words_as_a_second_order_for_a_living_leg()
    {
        await using var room = await SwitchRoom.Open(options => options.ChannelsMax = 1);
        await room.Answered();
        var leg = Guid.NewGuid();

        await room.Link.Originate(SwitchRoom.Order(leg));
        var refused = await room.Next(leg, ChannelEventKind.HungUp);

        Assert.Equal(("DESTINATION_OUT_OF_ORDER", true), (refused.Cause, refused.IsFromOrder));
    }

    [Fact]
    public async Task It_lists_every_order_it_ever_had_restarts_included()
    {
        await using var room = await SwitchRoom.Open();
        var leg = await room.Answered();

        room.Switch.Restart();

        var order = Assert.Single(room.Switch.Orders);
        Assert.Equal((leg, leg, "79160000055"), (order.Asked, order.Channel, order.Number));
        Assert.Empty(room.Switch.LiveChannels);
    }

    [Fact]
    public async Task Its_heart_beats()
    {
        await using var room = await SwitchRoom.Open();
        await using var client = await LoggedIn(room, "event json HEARTBEAT\n\n");

        room.Time.Advance(20);
        await client.Until("HEARTBEAT");

        Assert.Equal("System Ready", client.Events[0]["Event-Info"]);
    }

    [Fact]
    public async Task Late_replies_are_late_and_still_in_order()
    {
        await using var room = await SwitchRoom.Open();
        await using var client = await LoggedIn(room);
        room.Switch.DelayReplies(TimeSpan.FromSeconds(1));

        await client.Say("api echo a\n\napi echo b\n\n");
        var replies = Task.Run(async () => (await client.Reply()).BodyText + (await client.Reply()).BodyText);
        while (!replies.IsCompleted)
        {
            room.Time.Advance(1);
            await Task.Yield();
        }

        Assert.Equal("ab", await replies);
    }

    [Fact]
    public async Task Several_live_side_by_side()
    {
        await using var one = await SwitchRoom.Open();
        await using var two = await SwitchRoom.Open();

        var leg = await one.Answered();

        Assert.NotEqual(one.Switch.Port, two.Switch.Port);
        Assert.Equal([leg], one.Switch.LiveChannels);
        Assert.Empty(two.Switch.LiveChannels);
    }

    [Fact]
    public async Task A_thousand_calls_are_answered_and_hung_up()
    {
        await using var room = await SwitchRoom.Open();
        var legs = Enumerable.Range(0, 1_000).Select(_ => Guid.NewGuid()).ToList();

        var answers = await Task.WhenAll(legs.Select(leg => room.Link.Originate(SwitchRoom.Order(leg))));
        room.Time.Advance(0.5);
        room.Time.Advance(60);
        var ended = new HashSet<Guid>();
        while (ended.Count < legs.Count)
            ended.Add((await room.Next<ChannelEvent>(fact => fact.Kind == ChannelEventKind.HungUp)).Uuid);

        Assert.All(answers, answer => Assert.Equal(OriginateOutcome.Accepted, answer.Outcome));
        Assert.All(legs, leg => Assert.Equal(1, room.Switch.CallsFor(leg)));
    }

    [Fact]
    public void It_stops_twice_without_complaint()
    {
        var simulator = new SwitchSimulator(
            new SimulatorOptions(),
            TimeProvider.System,
            NullLogger<SwitchSimulator>.Instance
        );

        simulator.Dispose();
        simulator.Dispose();
    }

    private static async Task<RawClient> LoggedIn(SwitchRoom room, string subscribe = "")
    {
        var client = await RawClient.Dial(room.Switch.Port);
        await client.Say("auth ClueCon\n\n" + subscribe);
        await client.Reply();
        if (subscribe.Length > 0)
            await client.Reply();
        return client;
    }
}
