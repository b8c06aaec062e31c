namespace IotOrleans.Tests.Engine;

public sealed class TimerQueueTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly List<string> _ticked = [];
    private readonly TimerQueue _queue;

    public TimerQueueTests() => _queue = new(_time);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Each_ticks_once_at_its_time_however_they_are_set_moved_and_dropped(int seed)
    {
        var chance = new Random(seed);
        var timers = Enumerable.Range(0, 60).Select(index => new Timer($"{index}", _ticked)).ToArray();
        // The same as a plain list that is sorted anew each time.
        var expected = new List<(long At, int Set, string Name)>();
        for (var step = 0; step < 2_000; step++)
        {
            var timer = timers[chance.Next(timers.Length)];
            if (chance.Next(4) == 0)
            {
                _queue.Drop(timer);
                expected.RemoveAll(entry => entry.Name == timer.Name);
            }
            else
            {
                var after = TimeSpan.FromMilliseconds(chance.Next(0, 40) * 25);
                _queue.Set(timer, after);
                expected.RemoveAll(entry => entry.Name == timer.Name);
                expected.Add((_time.GetTimestamp() + after.Ticks, step, timer.Name));
            }
            if (chance.Next(5) > 0)
                continue;
            _time.Advance(TimeSpan.FromMilliseconds(chance.Next(0, 8) * 25));
            var due = expected.Where(entry => entry.At <= _time.GetTimestamp()).Order().Select(entry => entry.Name);
            Assert.Equal(due, _ticked);
            expected.RemoveAll(entry => entry.At <= _time.GetTimestamp());
            Assert.Equal(expected.Count, _queue.Count);
            _ticked.Clear();
        }
    }

    [Fact]
    public void What_a_clock_that_wakes_early_was_set_for_ticks_and_what_is_later_does_not()
    {
        using var early = new TimerQueue(new EarlyTime(_time));
        early.Set(new Timer("first", _ticked), TimeSpan.FromSeconds(1));
        early.Set(new Timer("second", _ticked), TimeSpan.FromSeconds(1.003));

        _time.Advance(TimeSpan.FromSeconds(0.996));
        Assert.Equal(["first"], _ticked);

        _time.Advance(TimeSpan.FromSeconds(0.003));
        Assert.Equal(["first", "second"], _ticked);
    }

    [Fact]
    public void What_is_weeks_away_is_waited_for_in_steps_that_a_timer_can_take()
    {
        _queue.Set(new Timer("late", _ticked), TimeSpan.FromDays(60));
        _time.Advance(TimeSpan.FromDays(60) - TimeSpan.FromSeconds(1));
        Assert.Empty(_ticked);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["late"], _ticked);
    }

    [Fact]
    public void Without_anybody_who_waits_the_clock_need_not_wake()
    {
        var timer = new Timer("dropped", _ticked);
        _queue.Set(timer, TimeSpan.FromSeconds(1));
        Assert.True(_time.IsAwaited);

        _queue.Drop(timer);

        Assert.False(_time.IsAwaited);
    }

    public void Dispose() => _queue.Dispose();

    private sealed class Timer(string name, List<string> ticked) : TimerQueue.Entry
    {
        public string Name => name;

        public override void Tick() => ticked.Add(name);
    }

    /// <summary>Its timers are 4 ms early, as those of a coarse clock are.</summary>
    private sealed class EarlyTime(FakeTime time) : TimeProvider
    {
        public override long TimestampFrequency => time.TimestampFrequency;

        public override long GetTimestamp() => time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new EarlyTimer(time.CreateTimer(callback, state, dueTime, period));
    }

    private sealed class EarlyTimer(ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) =>
            timer.Change(
                dueTime > TimeSpan.FromMilliseconds(4) ? dueTime - TimeSpan.FromMilliseconds(4)
                    : dueTime > TimeSpan.Zero ? TimeSpan.Zero
                    : dueTime,
                period
            );

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
