namespace IotOrleans.FreeSwitch;

/// <summary>
/// The line breaks at each byte of an order and of its answers. Whoever owns the leg then does what he would do after
/// a crash: he asks, and orders again only what the switch is not known to have had.
/// </summary>
public sealed class CutTests
{
    [Fact]
    public Task The_leg_exists_exactly_once_wherever_the_order_is_cut() =>
        CutEverywhere((room, bytes) => room.Switch.CutAfterReceiving(bytes), bytesMax: 700);

    [Fact]
    public Task The_leg_exists_exactly_once_wherever_the_answer_is_cut() =>
        CutEverywhere((room, bytes) => room.Switch.CutAfterSending(bytes), bytesMax: 900);

    [Fact]
    public async Task A_call_that_ended_while_the_line_was_down_is_found_to_have_been()
    {
        await using var room = await SwitchRoom.Open();
        var leg = await room.Answered();
        var since = DateTimeOffset.UtcNow;

        room.Switch.DropLinks();
        room.Switch.HangUp(leg);
        await room.Next<LinkUp>();

        Assert.False(await room.Link.Exists(leg));
        Assert.True(await room.Link.WasOrdered(leg, since));
    }

    private static async Task CutEverywhere(Action<SwitchRoom, long> cut, int bytesMax)
    {
        await using var room = await SwitchRoom.Open(
            simulated => simulated.ChannelsMax = 10_000,
            linked => (linked.RetryMillisecondsMin, linked.RetryMillisecondsMax) = (10, 10)
        );
        var outcomes = new HashSet<OriginateOutcome>();
        for (var bytes = 0; bytes <= bytesMax; bytes++)
        {
            var leg = Guid.NewGuid();
            var orderedAt = DateTimeOffset.UtcNow;
            cut(room, bytes);
            var answer = await room.Link.Originate(SwitchRoom.Order(leg));
            outcomes.Add(answer.Outcome);
            await Settle(room, leg, orderedAt);

            Assert.True(
                room.Switch.CallsFor(leg) == 1,
                $"{room.Switch.CallsFor(leg)} calls after a cut at byte {bytes}"
            );
            Assert.Contains(leg, room.Switch.LiveChannels);
        }
        // Cuts inside the order, and behind all of it, were both tried.
        Assert.Contains(OriginateOutcome.Unknown, outcomes);
        Assert.Contains(OriginateOutcome.Accepted, outcomes);
    }

    /// <summary>What an owner does after LinkUp, until the line holds long enough to know.</summary>
    private static async Task Settle(SwitchRoom room, Guid leg, DateTimeOffset orderedAt)
    {
        for (var tries = 0; tries < 50; tries++)
        {
            try
            {
                var answer = await room.Link.Originate(SwitchRoom.Order(leg) with { FirstOrderedAt = orderedAt });
                var isSettled = answer.Outcome is OriginateOutcome.Accepted or OriginateOutcome.AlreadyOrdered;
                if (isSettled && await room.Link.Exists(leg))
                    return;
            }
            catch (EslLostException)
            {
                // The cut may fall into the question as well.
            }
            await room.Next<LinkUp>();
        }
        Assert.Fail("The line never held.");
    }
}
