using IotOrleans.Calls;

namespace IotOrleans.Tests.Calls;

public sealed class DialQueueTests
{
    private readonly MediaServerOptions _limits = new()
    {
        CallsPerSecond = 10,
        CallsMax = 10,
        LifeSafetyReservePercent = 20,
        WaitingMax = 5,
    };

    [Fact]
    public void Calls_are_spaced_to_the_rate_of_the_switch()
    {
        var queue = new DialQueue(_limits, Some.Noon);
        Assert.Equal(Admission.Granted, queue.Ask(New(), false, Some.Noon));
        Assert.Equal(Admission.Waits, queue.Ask(New(), false, Some.Noon));
        Assert.Empty(queue.TakeDue(Some.Noon.AddMilliseconds(50)).ToArray());
        Assert.Single(queue.TakeDue(Some.Noon.AddMilliseconds(100)).ToArray());
    }

    [Fact]
    public void A_clock_that_is_set_back_keeps_nobody_waiting()
    {
        var queue = new DialQueue(_limits, Some.Noon);
        queue.Ask(New(), false, Some.Noon);
        var earlier = Some.Noon.AddHours(-1);
        Assert.Equal(Admission.Granted, queue.Ask(New(), true, earlier));
        Assert.Equal(Admission.Waits, queue.Ask(New(), true, earlier));
        Assert.Single(queue.TakeDue(earlier.AddMilliseconds(100)).ToArray());
    }

    [Fact]
    public void Life_safety_goes_before_everybody_who_waits()
    {
        var queue = new DialQueue(_limits, Some.Noon);
        queue.Ask(New(), false, Some.Noon);
        CallId doorbell = New(),
            fire = New();
        queue.Ask(doorbell, false, Some.Noon);
        queue.Ask(fire, true, Some.Noon);
        Assert.Equal([fire], queue.TakeDue(Some.Noon.AddMilliseconds(100)).ToArray());
        Assert.Equal([doorbell], queue.TakeDue(Some.Noon.AddMilliseconds(200)).ToArray());
    }

    [Fact]
    public void Of_those_who_wait_the_higher_priority_goes_first_and_then_who_came_first()
    {
        var queue = new DialQueue(_limits, Some.Noon);
        queue.Ask(New(), false, Some.Noon);
        CallId low = New(),
            high = New(),
            alsoHigh = New(),
            fire = New();
        queue.Ask(low, false, Some.Noon, priority: 1);
        queue.Ask(high, false, Some.Noon, priority: 900);
        queue.Ask(alsoHigh, false, Some.Noon, priority: 900);
        queue.Ask(fire, true, Some.Noon, priority: 0);
        var order = Enumerable.Range(1, 4).SelectMany(slot => queue.TakeDue(Some.Noon.AddMilliseconds(100 * slot)));
        Assert.Equal([fire, high, alsoHigh, low], order);
    }

    [Fact]
    public void Some_channels_are_kept_for_life_safety()
    {
        var queue = new DialQueue(_limits, Some.Noon);
        for (var second = 0; second < 8; second++)
            Assert.Equal(Admission.Granted, queue.Ask(New(), false, Some.Noon.AddSeconds(second)));
        Assert.Equal(Admission.Waits, queue.Ask(New(), false, Some.Noon.AddSeconds(10)));
        Assert.Equal(Admission.Granted, queue.Ask(New(), true, Some.Noon.AddSeconds(11)));
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(5, 90)]
    public void However_few_channels_there_are_one_is_for_everybody(int most, int percent)
    {
        var queue = new DialQueue(new() { CallsMax = most, LifeSafetyReservePercent = percent }, Some.Noon);
        Assert.Equal(Admission.Granted, queue.Ask(New(), false, Some.Noon));
        Assert.Equal(Admission.Waits, queue.Ask(New(), false, Some.Noon.AddSeconds(1)));
    }

    [Fact]
    public void Asking_again_is_harmless_and_the_line_is_bounded()
    {
        var queue = new DialQueue(_limits, Some.Noon);
        var first = New();
        queue.Ask(first, false, Some.Noon);
        Assert.Equal(Admission.Granted, queue.Ask(first, false, Some.Noon));
        var second = New();
        queue.Ask(second, false, Some.Noon);
        queue.Ask(second, false, Some.Noon);
        Assert.Equal(1, queue.Waiting);
        for (var more = 0; more < 4; more++)
            queue.Ask(New(), false, Some.Noon);
        Assert.Equal(Admission.Full, queue.Ask(New(), false, Some.Noon));
    }

    [Fact]
    public void Who_leaves_the_line_is_not_called_and_makes_room()
    {
        var queue = new DialQueue(_limits, Some.Noon);
        queue.Ask(New(), false, Some.Noon);
        var gone = New();
        queue.Ask(gone, false, Some.Noon);
        queue.Leave(gone);
        Assert.Empty(queue.TakeDue(Some.Noon.AddSeconds(1)).ToArray());
    }

    private static CallId New() => new(Guid.NewGuid());
}
