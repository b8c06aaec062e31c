using IotOrleans.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace IotOrleans.Tests;

/// <summary>What a front-end does for an event while a silo is being replaced.</summary>
public sealed class PatienceTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(4);

    private readonly FakeTime _time = new();
    private readonly List<TaskCompletionSource<string>> _asked = [];
    private readonly Patience _patience;

    public PatienceTests() => _patience = Made(Longest);

    [Fact]
    public async Task An_answer_is_an_answer()
    {
        var answer = Ask(_patience);
        _asked[0].SetResult("first");
        Assert.Equal("first", await answer);
        Assert.Single(_asked);
    }

    [Fact]
    public async Task When_a_silo_is_gone_who_waits_asks_again_and_takes_whichever_answer_comes_first()
    {
        var (one, other) = (Ask(_patience), Ask(_patience));
        _patience.SiloLost();
        await Asked(4);
        _asked[0].SetResult("the first was not on that silo");
        Assert.Equal("the first was not on that silo", await one);
        foreach (var again in _asked[2..])
            again.SetResult("second");
        Assert.Equal("second", await other);
    }

    [Fact]
    public async Task Who_was_sent_on_to_the_dead_silo_by_another_asks_again_when_all_know_of_its_death()
    {
        var known = TimeSpan.FromSeconds(2);
        var answer = Ask(_patience);
        _patience.SiloLost(known);
        await Asked(2);
        _time.Advance(known);
        await Asked(3);
        Assert.False(answer.IsCompleted);
        _asked[2].SetResult("from its successor");
        Assert.Equal("from its successor", await answer);
    }

    [Fact]
    public async Task A_bad_answer_does_not_count_while_another_may_come()
    {
        var answer = Ask(_patience);
        _patience.SiloLost();
        await Asked(2);
        _asked[0].SetException(new TimeoutException());
        _asked[1].SetResult("second");
        Assert.Equal("second", await answer);
    }

    [Fact]
    public async Task A_question_is_open_at_most_four_times()
    {
        var answer = Ask(_patience);
        for (var silo = 2; silo <= 4; silo++)
        {
            _patience.SiloLost();
            await Asked(silo);
        }
        _patience.SiloLost();
        _asked[3].SetResult("fourth");
        Assert.Equal("fourth", await answer);
        Assert.Equal(4, _asked.Count);
    }

    [Fact]
    public async Task What_cannot_be_asked_now_is_asked_again_after_a_pause_and_not_for_ever()
    {
        var answer = Ask(_patience);
        for (var attempt = 1; !answer.IsCompleted; attempt++)
        {
            Assert.True(attempt < 100);
            await Asked(attempt);
            _asked[attempt - 1].SetException(new OrleansException("not here any more"));
            while (!answer.IsCompleted && _asked.Count == attempt)
            {
                if (_time.IsAwaited)
                    _time.Advance(TimeSpan.FromMilliseconds(50));
                await Task.Yield();
            }
        }
        await Assert.ThrowsAsync<OrleansException>(() => answer);
        Assert.True(_asked.Count > 2);
    }

    [Fact]
    public async Task What_the_world_refuses_is_not_asked_again()
    {
        var answer = Ask(_patience);
        _asked[0].SetException(new InvalidOperationException("our mistake"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => answer);
        Assert.Single(_asked);
    }

    [Fact]
    public async Task With_no_other_silo_nothing_is_asked_twice()
    {
        var answer = Ask(Made(TimeSpan.Zero));
        _asked[0].SetException(new TimeoutException());
        await Assert.ThrowsAsync<TimeoutException>(() => answer);
        Assert.Single(_asked);
    }

    private Patience Made(TimeSpan longest) => new(null!, _time, longest, NullLogger<Patience>.Instance);

    private Task<string> Ask(Patience patience) =>
        patience.Ask(_ =>
        {
            var asked = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_asked)
                _asked.Add(asked);
            return asked.Task;
        });

    private async Task Asked(int times)
    {
        while (_asked.Count < times)
            await Task.Yield();
    }
}
