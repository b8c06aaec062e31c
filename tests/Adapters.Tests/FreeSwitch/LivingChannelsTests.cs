using IotOrleans.Calls;

namespace IotOrleans.FreeSwitch;

/// <summary>The list of living channels that many legs share for a moment.</summary>
public sealed class LivingChannelsTests
{
    /// <summary>Who hung up while the line was down is heard of by nobody: only a new list tells it.</summary>
    [Fact]
    public async Task A_list_from_before_a_break_of_the_line_is_not_believed_after_it()
    {
        await using var room = await SwitchRoom.Open();
        var living = new LivingChannels(room.Link, new ManualTime());
        var leg = await room.Answered();
        Assert.NotNull(await living.Find(leg));

        room.Switch.DropLinks();
        room.Switch.HangUp(leg);
        await room.Next<LinkUp>();

        Assert.Null(await living.Find(leg));
    }

    [Fact]
    public async Task All_who_ask_within_a_moment_share_one_list()
    {
        await using var room = await SwitchRoom.Open();
        var living = new LivingChannels(room.Link, new ManualTime());
        Assert.Null(await living.Find(Guid.NewGuid()));
        var leg = await room.Answered();
        Assert.Null(await living.Find(leg));
    }
}
