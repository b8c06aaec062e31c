using System.Collections.Concurrent;

namespace IotOrleans.Tests.Engine;

/// <summary>What the embedded engine promises beyond Orleans, and what needs a clock that tests can move.</summary>
public sealed class EmbeddedContract : IAsyncLifetime
{
    private readonly GrainHost _host = new() { Configure = engine => engine.MailboxMax = 50 };
    private readonly string _key = "t:" + Guid.NewGuid();

    private ICounterGrain Counter => _host.Grains.GetGrain<ICounterGrain>(_key);

    private IClockGrain Clock => _host.Grains.GetGrain<IClockGrain>(_key);

    public ValueTask InitializeAsync() => _host.InitializeAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a", "b", "a")]
    [InlineData("a", "b", "c", "b")]
    public async Task A_call_that_could_only_wait_for_itself_is_refused_at_once(params string[] path)
    {
        var first = _host.Grains.GetGrain<IChainGrain>(path[0]);
        var trouble = await Assert.ThrowsAsync<CallChainDeadlockException>(() => first.Visit(path[1..]));
        Assert.Contains("->", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chain_that_only_passes_by_is_no_deadlock() =>
        await _host.Grains.GetGrain<IChainGrain>("a").Visit(["b", "c", "d"]);

    [Fact]
    public async Task A_one_way_call_makes_no_chain()
    {
        var told = _host.Grains.GetGrain<IChainGrain>("teller").TellBack(_key, _key);
        await Gates.Reached(_key);
        Gates.Open(_key);
        await told;
    }

    [Fact]
    public async Task A_caller_waits_no_longer_than_the_limit_and_hears_what_the_grain_was_busy_with()
    {
        var slow = Counter.WaitFor(_key);
        await Gates.Reached(_key);
        var behind = Counter.Add(1);
        _host.Time.Advance(TimeSpan.FromSeconds(32));
        Assert.Contains(
            "still at it",
            (await Assert.ThrowsAsync<TimeoutException>(() => slow)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "WaitFor",
            (await Assert.ThrowsAsync<TimeoutException>(() => behind)).Message,
            StringComparison.Ordinal
        );
        Gates.Open(_key);
        Assert.Equal(0, await Counter.Stored());
    }

    [Fact]
    public async Task A_mailbox_that_is_full_refuses_and_loses_nothing_it_took()
    {
        var slow = Counter.WaitFor(_key);
        await Gates.Reached(_key);
        var taken = Enumerable.Range(0, 50).Select(_ => Counter.Add(1)).ToArray();
        await Assert.ThrowsAsync<LimitExceededException>(async () => await Counter.Add(1));
        Gates.Open(_key);
        await Task.WhenAll(taken);
        Assert.Equal(50, await Counter.Stored());
        await slow;
    }

    [Fact]
    public async Task A_grain_that_has_had_its_share_goes_on_behind_all_who_wait_for_a_thread()
    {
        var behind = 0;
        await using var host = new GrainHost
        {
            Configure = engine =>
            {
                engine.StretchesMax = 10;
                var schedule = engine.ScheduleBehind;
                engine.ScheduleBehind = item =>
                {
                    Interlocked.Increment(ref behind);
                    schedule(item);
                };
            },
        };
        await host.Start();
        var counter = host.Grains.GetGrain<ICounterGrain>(_key);
        var slow = counter.WaitFor(_key);
        await Gates.Reached(_key);
        var waiting = Enumerable.Range(0, 50).Select(_ => counter.Add(1)).ToArray();
        Assert.Equal(0, behind);

        Gates.Open(_key);
        await Task.WhenAll(waiting);

        Assert.InRange(behind, 5, 20);
        await slow;
    }

    [Fact]
    public async Task Those_whom_one_turn_gives_work_have_it_run_in_that_order()
    {
        string[] others = [.. Enumerable.Range(0, 12).Select(index => $"{_key}-{index}")];
        var given = new ConcurrentQueue<(string Whom, bool IsBehind)>();
        await using var host = new GrainHost
        {
            Configure = engine =>
            {
                engine.Schedule = Noted(engine.Schedule, isBehind: false);
                engine.ScheduleBehind = Noted(engine.ScheduleBehind, isBehind: true);
            },
        };
        await host.Start();
        Gates.Open(_key);

        await host.Grains.GetGrain<IChainGrain>(_key).TellAll(others, _key);
        foreach (var other in others)
            await host.Grains.GetGrain<ICounterGrain>(other).Stored();

        // The first is the next on the thread itself; of all others whoever is free takes the one that waits longest.
        Assert.Equal(others.Select((other, index) => (other, index > 0)), given);

        Action<IThreadPoolWorkItem> Noted(Action<IThreadPoolWorkItem> schedule, bool isBehind) =>
            item =>
            {
                var whom = ((IGrainContext)item).GrainId.Key.Value;
                if (others.Contains(whom) && !given.Any(one => one.Whom == whom))
                    given.Enqueue((whom, isBehind));
                schedule(item);
            };
    }

    [Fact]
    public async Task A_grain_that_nobody_calls_falls_asleep_and_keeps_its_state()
    {
        await Counter.Add(3);
        var before = await Counter.ActivationId();
        _host.Time.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(3, await Counter.Stored());
        Assert.NotEqual(before, await Counter.ActivationId());
    }

    [Fact]
    public async Task A_timer_ticks_in_turns_and_ends_when_it_is_disposed()
    {
        await Clock.StartTimer(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), keepAlive: false);
        await Tick(1);
        await Tick(2);
        await Clock.StopTimer();
        _host.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(2, await Clock.Ticks());
    }

    [Fact]
    public async Task A_timer_that_falls_due_while_the_grain_is_busy_ticks_as_soon_as_it_is_free()
    {
        await Clock.StartTimer(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan, keepAlive: false);
        var busy = Clock.WaitFor(_key);
        await Gates.Reached(_key);
        _host.Time.Advance(TimeSpan.FromSeconds(1));
        // Behind the tick in the mailbox: it is asked when that was done.
        var ticks = Clock.Ticks();
        Gates.Open(_key);
        Assert.Equal(1, await ticks);
        await busy;
    }

    [Fact]
    public async Task A_reminder_wakes_its_grain_also_after_a_restart_until_it_is_unregistered()
    {
        await Clock.Remind("daily", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        _host.Time.Advance(TimeSpan.FromMinutes(1));
        await Until(1);
        await _host.Restart();
        _host.Time.Advance(TimeSpan.FromMinutes(1));
        await Until(2);
        await Clock.Forget("daily");
        _host.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(2, await Clock.Ticks());
    }

    [Fact]
    public async Task A_reminder_that_would_come_too_often_is_refused() =>
        await Assert.ThrowsAsync<ArgumentException>(() =>
            Clock.Remind("often", TimeSpan.Zero, TimeSpan.FromSeconds(1))
        );

    [Fact]
    public async Task After_the_stop_nothing_new_is_taken()
    {
        var counter = Counter;
        await counter.Add(1);
        await _host.Restart();
        Assert.Equal(1, await Counter.Stored());
        Assert.Throws<SiloUnavailableException>(() =>
        {
            _ = counter.Stored();
        });
    }

    private async Task Tick(int expected)
    {
        _host.Time.Advance(TimeSpan.FromSeconds(1));
        await Until(expected);
    }

    private async Task Until(int expected)
    {
        while (await Clock.Ticks() < expected)
            await Task.Yield();
        Assert.Equal(expected, await Clock.Ticks());
    }
}
