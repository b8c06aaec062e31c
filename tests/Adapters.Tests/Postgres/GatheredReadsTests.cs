using System.Threading.Channels;

namespace IotOrleans.Postgres;

public sealed class GatheredReadsTests
{
    private readonly Channel<Select> _selects = Channel.CreateUnbounded<Select>();
    private readonly GatheredReads<int, string> _reads;

    public GatheredReadsTests() =>
        _reads = new(keys =>
        {
            var select = new Select([.. keys], new());
            _selects.Writer.TryWrite(select);
            return select.Answer.Task;
        });

    [Fact]
    public async Task A_lone_read_waits_for_nobody()
    {
        var read = _reads.Read(7);

        (await Next()).Give();

        Assert.Equal("7", await read);
    }

    [Fact]
    public async Task What_comes_while_all_lanes_are_busy_goes_together_into_the_next_select()
    {
        var first = new[] { _reads.Read(1), _reads.Read(2) };
        var crowd = Enumerable.Range(3, 100).Select(_reads.Read).ToArray();
        var (one, two) = (await Next(), await Next());
        Assert.Equal([1, 2], [.. one.Keys, .. two.Keys]);

        one.Give();
        var rest = await Next();

        Assert.Equal(Enumerable.Range(3, 100), rest.Keys);
        two.Give();
        rest.Give();
        Assert.Equal(new string?[] { "1", "2" }.AsEnumerable(), await Task.WhenAll(first));
        Assert.Equal(Enumerable.Range(3, 100).Select(key => $"{key}"), await Task.WhenAll(crowd));
    }

    [Fact]
    public async Task A_row_that_is_not_there_is_null_and_one_that_two_ask_for_is_read_once()
    {
        _ = (_reads.Read(1), _reads.Read(2));
        var asked = new[] { _reads.Read(5), _reads.Read(5), _reads.Read(-1) };
        (await Next()).Give();
        await Next();
        var select = await Next();

        select.Give();

        Assert.Equal([5, -1], select.Keys);
        Assert.Equal(new string?[] { "5", "5", null }.AsEnumerable(), await Task.WhenAll(asked));
    }

    [Fact]
    public async Task A_select_that_fails_is_told_to_those_in_it_and_the_next_goes_on()
    {
        _ = _reads.Read(1);
        var unlucky = _reads.Read(2);
        var next = _reads.Read(3);
        await Next();

        (await Next()).Answer.SetException(new TimeoutException("slow"));

        await Assert.ThrowsAsync<TimeoutException>(() => unlucky);
        (await Next()).Give();
        Assert.Equal("3", await next);
    }

    private ValueTask<Select> Next() => _selects.Reader.ReadAsync();

    private sealed record Select(int[] Keys, TaskCompletionSource<Dictionary<int, string>> Answer)
    {
        /// <summary>A row for each key that is no negative number.</summary>
        public void Give() => Answer.SetResult(Keys.Where(key => key >= 0).ToDictionary(key => key, key => $"{key}"));
    }
}
