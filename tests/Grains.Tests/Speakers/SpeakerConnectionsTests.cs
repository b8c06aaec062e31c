using IotOrleans.Calls;
using IotOrleans.Speakers;

namespace IotOrleans.Tests.Speakers;

/// <summary>Messages between silos may overtake each other; what a speaker hears must not.</summary>
public sealed class SpeakerConnectionsTests
{
    private readonly SpeakerConnections _connections = new(TimeProvider.System);
    private readonly List<string> _forgotten = [];
    private readonly SlowFrontEnd _frontEnd = new();

    public SpeakerConnectionsTests() => _connections.Keep("a", _frontEnd);

    [Fact]
    public void A_notice_is_told_when_the_one_before_it_has_been_heard()
    {
        Assert.Equal(1, Tell(new EndedNotice(Call(1), "first")));
        Assert.Equal(1, Tell(new EndedNotice(Call(1), "second")));
        Assert.Equal(["first"], _frontEnd.Told);

        _frontEnd.Heard(0);
        Assert.Equal(["first", "second"], _frontEnd.Told);
    }

    [Fact]
    public void A_front_end_that_is_gone_is_forgotten_with_all_that_waited_for_it()
    {
        Tell(new EndedNotice(Call(1), "first"));
        Tell(new EndedNotice(Call(1), "second"));

        _frontEnd.Failed(0, new OrleansException("gone"));

        Assert.Equal(["first"], _frontEnd.Told);
        Assert.Equal(["a: gone"], _forgotten);
        Assert.Equal(0, Tell(new EndedNotice(Call(1), "third")));
    }

    [Fact]
    public void A_front_end_that_was_only_late_hears_the_next_notice()
    {
        Tell(new EndedNotice(Call(1), "first"));
        Tell(new EndedNotice(Call(1), "second"));

        _frontEnd.Failed(0, new TimeoutException("late"));

        Assert.Equal(["first", "second"], _frontEnd.Told);
        Assert.Empty(_forgotten);
    }

    [Fact]
    public void A_front_end_that_never_answers_is_forgotten_before_the_line_grows_without_end()
    {
        for (var number = 0; number < 1_000; number++)
            Tell(new EndedNotice(Call(number), "x"));

        Assert.Equal(["a: its front-end does not keep up"], _forgotten);
        Assert.Empty(_connections.Ids);
    }

    private static CallId Call(int number) => new(new Guid(number, 0, 0, new byte[8]));

    private int Tell(SpeakerNotice notice) =>
        _connections.Tell(notice, (connection, why) => _forgotten.Add($"{connection}: {why}"));

    private sealed class SlowFrontEnd : ISpeakerObserver
    {
        private readonly List<TaskCompletionSource> _answers = [];

        public List<string> Told { get; } = [];

        public Task Hear(string connectionId, SpeakerNotice notice)
        {
            Told.Add(((EndedNotice)notice).Cause);
            _answers.Add(new());
            return _answers[^1].Task;
        }

        public void Heard(int index) => _answers[index].SetResult();

        public void Failed(int index, Exception trouble) => _answers[index].SetException(trouble);
    }
}
