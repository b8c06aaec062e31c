using System.Collections.Concurrent;
using Orleans.Concurrency;

namespace IotOrleans.Tests.Engine;

public interface ICounterGrain : IGrainWithStringKey
{
    Task<int> Add(int amount);

    Task<int> AddSlowly(int amount);

    Task<int> Stored();

    Task Clear();

    Task<string> ActivationId();

    Task<string> Key();

    Task Sleep();

    Task Fail(string words);

    Task<string?> Hint(string key);

    Task SetHint(string key, string value);

    [OneWay]
    Task Tell(string gate);

    Task WaitFor(string gate);

    [AlwaysInterleave]
    Task<string> Peek();

    Task<string> AskOther(string other, string hint);

    Task<bool> KeepsToItself(int rounds);
}

public interface IReentrantGrain : IGrainWithStringKey
{
    Task WaitFor(string gate);

    Task<string> Peek();
}

public interface IBrokenGrain : IGrainWithStringKey
{
    Task<string> Answer();
}

public interface IListenerGrain : IGrainWithStringKey
{
    Task Subscribe(ITestObserver observer);

    Task Tell(string text);

    Task<int> Ask(string text);
}

public interface ITestObserver : IGrainObserver
{
    [OneWay]
    Task Hear(string text);

    Task<int> Answer(string text);
}

[GenerateSerializer, Alias("test.count")]
public sealed record Count
{
    [Id(0)]
    public int Value { get; init; }
}

/// <summary>
/// Doors that tests open: a grain waits at one until the test says go. Static, because it crosses into the silo.
/// </summary>
public static class Gates
{
    private static readonly ConcurrentDictionary<
        string,
        (TaskCompletionSource Reached, TaskCompletionSource Open)
    > All = new();

    public static Task Pass(string name)
    {
        var (reached, open) = Of(name);
        reached.TrySetResult();
        return open.Task;
    }

    public static Task Reached(string name) => Of(name).Reached.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public static void Open(string name) => Of(name).Open.TrySetResult();

    private static (TaskCompletionSource Reached, TaskCompletionSource Open) Of(string name) =>
        All.GetOrAdd(name, _ => (New(), New()));

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

public sealed class CounterGrain([PersistentState("count", "Default")] IPersistentState<Count> count)
    : Grain,
        ICounterGrain
{
    private readonly string _activation = Guid.NewGuid().ToString();
    private int _inside;

    public async Task<int> Add(int amount)
    {
        count.State = new() { Value = count.State.Value + amount };
        await count.WriteStateAsync();
        return count.State.Value;
    }

    public async Task<int> AddSlowly(int amount)
    {
        var before = count.State.Value;
        await Task.Yield();
        count.State = new() { Value = before + amount };
        await Task.Yield();
        return count.State.Value;
    }

    public Task<int> Stored() => Task.FromResult(count.State.Value);

    public Task Clear() => count.ClearStateAsync();

    public Task<string> ActivationId() => Task.FromResult(_activation);

    public Task<string> Key() => Task.FromResult(this.GetPrimaryKeyString());

    public Task Sleep()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task Fail(string words) => throw new InvalidOperationException(words);

    public Task<string?> Hint(string key) => Task.FromResult(RequestContext.Get(key) as string);

    public Task SetHint(string key, string value)
    {
        RequestContext.Set(key, value);
        return Task.CompletedTask;
    }

    public async Task Tell(string gate)
    {
        await Gates.Pass(gate);
        throw new InvalidOperationException("Nobody hears this.");
    }

    public Task WaitFor(string gate) => Gates.Pass(gate);

    public Task<string> Peek() => Task.FromResult("peeked");

    public async Task<string> AskOther(string other, string hint)
    {
        RequestContext.Set("hint", hint);
        return await GrainFactory.GetGrain<ICounterGrain>(other).Hint("hint") ?? "none";
    }

    public async Task<bool> KeepsToItself(int rounds)
    {
        var alone = Interlocked.Increment(ref _inside) == 1;
        for (var round = 0; round < rounds; round++)
            await Task.Yield();
        return Interlocked.Decrement(ref _inside) == 0 && alone;
    }
}

[Reentrant]
public sealed class ReentrantGrain : Grain, IReentrantGrain
{
    public Task WaitFor(string gate) => Gates.Pass(gate);

    public Task<string> Peek() => Task.FromResult("peeked");
}

public sealed class BrokenGrain : Grain, IBrokenGrain
{
    public static readonly ConcurrentDictionary<string, int> Attempts = new();

    public override Task OnActivateAsync(CancellationToken cancellationToken) =>
        Attempts.AddOrUpdate(this.GetPrimaryKeyString(), 1, (_, known) => known + 1) == 1
            ? throw new InvalidOperationException("cannot wake")
            : Task.CompletedTask;

    public Task<string> Answer() => Task.FromResult("awake");
}

public sealed class ListenerGrain : Grain, IListenerGrain
{
    private ITestObserver? _observer;

    public Task Subscribe(ITestObserver observer)
    {
        _observer = observer;
        return Task.CompletedTask;
    }

    public Task Tell(string text) => _observer!.Hear(text);

    public Task<int> Ask(string text) => _observer!.Answer(text);
}
