using IotOrleans.Calls;
using Microsoft.Extensions.Logging.Abstractions;

namespace IotOrleans.FreeSwitch;

/// <summary>A silo that stood still, and what it was about to order when it did.</summary>
public sealed class HeldUpTests
{
    private static readonly LegOrder Order = new(
        new(Guid.NewGuid()),
        new("79160000010"),
        null,
        null,
        null,
        30,
        new string('0', 32)
    );

    private readonly ManualTime _time = new();

    [Fact]
    public async Task Who_stood_still_has_nothing_ordered_by_the_lines_of_others_either()
    {
        var clock = new StoppedClock();
        using var vigil = new Vigil(clock);
        var view = new LineView();
        view.Take(new(Up: 1, Deaf: 0), new("freeswitch", 0, 0, 0, 30, 100), isUp: false);
        var options = new FreeSwitchOptions();
        using var link = new FreeSwitchLink(options, clock, NullLogger<FreeSwitchLink>.Instance);
        // There is nobody to be asked: whoever asks fails.
        var @switch = new ClusterSwitch(new Calls.FreeSwitch(options, link, null!, clock), view, vigil, null!);

        clock.Seconds = 6;

        Assert.Equal(OrderOutcome.NotSent, await @switch.Originate(Order));
    }

    /// <summary>While it stands still no timer fires.</summary>
    private sealed class StoppedClock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan due, TimeSpan period) =>
            new ManualTime().CreateTimer(callback, state, due, period);
    }

    [Fact]
    public void The_switch_remembers_a_call_that_is_over_for_as_long_as_an_order_can_be_held_up()
    {
        var notes = new OldNotes(_time);
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        notes.Add(first);
        _time.Advance(61);
        notes.Add(second);
        Assert.False(notes.TryTake(out _));

        _time.Advance(60);

        Assert.True(notes.TryTake(out var old));
        Assert.Equal(first, old);
        Assert.False(notes.TryTake(out _));
    }
}
