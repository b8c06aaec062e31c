namespace IotOrleans.FreeSwitch;

/// <summary>What the switch can tell, after we have died or the line has broken, of the orders that it had.</summary>
public sealed class MemoryTests
{
    [Fact]
    public async Task The_switch_remembers_an_order_after_its_call_is_over_until_it_may_forget()
    {
        await using var room = await SwitchRoom.Open();
        var since = DateTimeOffset.UtcNow;
        var leg = await room.Answered("79160000004");
        room.Time.Advance(1);
        await room.Next(leg, ChannelEventKind.Destroyed);

        var before = await room.Link.WasOrdered(leg, since);
        await room.Link.Forget(leg);

        Assert.True(before);
        Assert.NotEqual(true, await room.Link.WasOrdered(leg, since));
    }

    [Fact]
    public void An_order_that_never_arrived_is_known_not_to_have() =>
        Assert.False(Judge("-ERR no reply", "100", secondsAgo: 50));

    [Fact]
    public void A_note_without_its_confirmation_proves_nothing() =>
        Assert.Null(Judge("1795000000", "100", secondsAgo: 50));

    [Fact]
    public void A_confirmed_note_proves_that_the_switch_had_the_order() =>
        Assert.True(Judge("1795000000-taken", "100", secondsAgo: 50));

    [Theory]
    [InlineData("100", 99)]
    [InlineData("100", 100)]
    [InlineData("100", 101)]
    [InlineData("100", 200)]
    [InlineData("0", 0)]
    [InlineData("3", -10)]
    [InlineData("-ERR Command not found!", 1)]
    public void A_switch_that_was_restarted_since_or_will_not_say_cannot_tell(string uptime, int secondsAgo) =>
        Assert.Null(Judge("-ERR no reply", uptime, secondsAgo + 1));

    [Fact]
    public async Task A_switch_without_such_notes_takes_orders_all_the_same_and_cannot_tell()
    {
        await using var room = await SwitchRoom.Open(options => options.HasHash = false);

        var leg = await room.Answered();

        Assert.Null(await room.Link.WasOrdered(leg, DateTimeOffset.UtcNow));
    }

    [Fact]
    public async Task An_order_that_may_be_a_repetition_is_not_given_again_while_the_leg_lives_nor_after()
    {
        await using var room = await SwitchRoom.Open();
        var leg = await room.Answered("79160000004");
        var again = SwitchRoom.Order(leg) with { FirstOrderedAt = DateTimeOffset.UtcNow };

        var living = await room.Link.Originate(again);
        room.Time.Advance(1);
        await room.Next(leg, ChannelEventKind.Destroyed);
        var over = await room.Link.Originate(again);

        Assert.Equal(OriginateOutcome.AlreadyOrdered, living.Outcome);
        Assert.Equal(OriginateOutcome.AlreadyOrdered, over.Outcome);
        Assert.Equal(1, room.Switch.CallsFor(leg));
    }

    [Fact]
    public async Task A_restarted_switch_has_forgotten_and_says_so_by_its_age()
    {
        await using var room = await SwitchRoom.Open();
        var leg = await room.Answered();

        room.Switch.Restart();
        await room.Next<LinkDown>();
        await room.Next<LinkUp>();

        Assert.False(await room.Link.Exists(leg));
        Assert.Null(await room.Link.WasOrdered(leg, DateTimeOffset.UtcNow - TimeSpan.FromSeconds(5)));
    }

    private static bool? Judge(string note, string uptime, int secondsAgo)
    {
        var now = new DateTimeOffset(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
        return OrderMemory.Judge(EslReply.Of(note), EslReply.Of(uptime), now.AddSeconds(-secondsAgo), now);
    }
}
