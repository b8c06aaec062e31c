using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;

namespace IotOrleans.Tests.Engine;

/// <summary>What every grain may rely on, whichever engine it runs on.</summary>
public sealed class GrainContract(GrainHost host) : IClassFixture<GrainHost>
{
    private readonly string _key = "t:" + Guid.NewGuid();

    private ICounterGrain Counter => host.Grains.GetGrain<ICounterGrain>(_key);

    [Fact]
    public async Task A_grain_knows_its_key() => Assert.Equal(_key, await Counter.Key());

    [Fact]
    public async Task A_grain_does_one_thing_at_a_time()
    {
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Counter.AddSlowly(1)));
        Assert.Equal(200, await Counter.Stored());
    }

    [Fact]
    public async Task What_a_grain_awaits_goes_on_inside_its_own_turn()
    {
        var alone = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Counter.KeepsToItself(10)));
        Assert.All(alone, Assert.True);
    }

    [Fact]
    public async Task Many_first_calls_at_once_wake_one_activation()
    {
        var ids = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => Counter.ActivationId())));
        Assert.Single(ids.Distinct());
    }

    [Fact]
    public async Task Grains_with_different_keys_are_different()
    {
        await Counter.Add(1);
        Assert.Equal(0, await host.Grains.GetGrain<ICounterGrain>(_key + "-other").Stored());
    }

    [Fact]
    public async Task State_survives_sleep()
    {
        await Counter.Add(5);
        var before = await Counter.ActivationId();
        await Counter.Sleep();
        Assert.Equal(5, await Counter.Stored());
        Assert.NotEqual(before, await Counter.ActivationId());
    }

    [Fact]
    public async Task Cleared_state_begins_anew()
    {
        await Counter.Add(5);
        await Counter.Clear();
        await Counter.Sleep();
        Assert.Equal(0, await Counter.Stored());
        Assert.Equal(2, await Counter.Add(2));
    }

    [Fact]
    public async Task A_write_that_somebody_else_overtook_is_refused_and_the_grain_wakes_again()
    {
        await Counter.Add(1);
        var before = await Counter.ActivationId();
        host.OvertakeWrite(_key);
        await Assert.ThrowsAnyAsync<Exception>(() => Counter.Add(1));
        Assert.NotEqual(before, await Counter.ActivationId());
        Assert.Equal(GrainHost.OvertakingValue + 1, await Counter.Add(1));
    }

    [Fact]
    public async Task What_a_grain_throws_reaches_its_caller()
    {
        var trouble = await Assert.ThrowsAsync<InvalidOperationException>(() => Counter.Fail("on purpose"));
        Assert.Equal("on purpose", trouble.Message);
        Assert.Equal(0, await Counter.Stored());
    }

    [Fact]
    public async Task A_grain_that_cannot_wake_says_why_and_tries_afresh_at_the_next_call()
    {
        var broken = host.Grains.GetGrain<IBrokenGrain>(_key);
        Assert.Contains(
            "cannot wake",
            (await Assert.ThrowsAnyAsync<Exception>(broken.Answer)).ToString(),
            StringComparison.Ordinal
        );
        Assert.Equal("awake", await broken.Answer());
    }

    [Fact]
    public async Task A_one_way_call_does_not_wait_and_its_failure_hurts_nobody()
    {
        await Counter.Tell(_key);
        await Gates.Reached(_key);
        Gates.Open(_key);
        Assert.Equal(0, await Counter.Stored());
    }

    [Fact]
    public async Task A_call_that_may_interleave_passes_one_that_waits()
    {
        var waiting = Counter.WaitFor(_key);
        await Gates.Reached(_key);
        Assert.Equal("peeked", await Counter.Peek());
        Assert.False(waiting.IsCompleted);
        Gates.Open(_key);
        await waiting;
    }

    [Fact]
    public async Task Every_call_of_a_reentrant_grain_may_interleave()
    {
        var grain = host.Grains.GetGrain<IReentrantGrain>(_key);
        var waiting = grain.WaitFor(_key);
        await Gates.Reached(_key);
        Assert.Equal("peeked", await grain.Peek());
        Gates.Open(_key);
        await waiting;
    }

    [Fact]
    public async Task Context_travels_with_a_call_and_on_but_never_back()
    {
        RequestContext.Set("hint", "from outside");
        Assert.Equal("from outside", await Counter.Hint("hint"));
        Assert.Equal("from inside", await Counter.AskOther(_key + "-other", "from inside"));
        await Counter.SetHint("hint", "leaked?");
        Assert.Equal("from outside", RequestContext.Get("hint"));
        RequestContext.Clear();
    }

    [Fact]
    public async Task An_observer_hears_everything_it_is_told()
    {
        var observer = new Listener();
        var grain = await Subscribed(observer);
        for (var number = 0; number < 20; number++)
            await grain.Tell($"{number}");
        await observer.Heard(20);
        // Orleans lets what nobody waits for overtake each other.
        Assert.Equal(
            Enumerable.Range(0, 20),
            observer.Texts.Select(text => int.Parse(text, CultureInfo.InvariantCulture)).Order()
        );
        GC.KeepAlive(observer);
    }

    [Fact]
    public async Task An_observer_that_is_waited_for_hears_what_it_is_told_in_order()
    {
        var observer = new Listener();
        var grain = await Subscribed(observer);
        for (var number = 0; number < 20; number++)
            Assert.Equal(number, await grain.Ask($"{number}"));
        Assert.Equal(Enumerable.Range(0, 20).Select(number => $"{number}"), observer.Texts);
        GC.KeepAlive(observer);
    }

    [Fact]
    public async Task What_an_observer_throws_reaches_who_waits_for_it()
    {
        var observer = new Listener();
        var grain = await Subscribed(observer);
        await Assert.ThrowsAsync<FormatException>(() => grain.Ask("no number"));
        GC.KeepAlive(observer);
    }

    [Fact]
    public async Task References_to_the_same_grain_are_equal()
    {
        Assert.Equal(Counter, Counter);
        Assert.Equal(await Counter.ActivationId(), await Counter.ActivationId());
        Assert.Equal(_key, Counter.GetPrimaryKeyString());
    }

    private async Task<IListenerGrain> Subscribed(Listener observer)
    {
        var grain = host.Grains.GetGrain<IListenerGrain>(_key);
        await grain.Subscribe(host.Grains.CreateObjectReference<ITestObserver>(observer));
        return grain;
    }

    private sealed class Listener : ITestObserver
    {
        private readonly Channel<bool> _heard = Channel.CreateUnbounded<bool>();

        public ConcurrentQueue<string> Texts { get; } = new();

        public Task Hear(string text)
        {
            Texts.Enqueue(text);
            _heard.Writer.TryWrite(true);
            return Task.CompletedTask;
        }

        public Task<int> Answer(string text)
        {
            Texts.Enqueue(text);
            return Task.FromResult(int.Parse(text, CultureInfo.InvariantCulture));
        }

        public async Task Heard(int count)
        {
            for (var number = 0; number < count; number++)
                await _heard.Reader.ReadAsync();
        }
    }
}
