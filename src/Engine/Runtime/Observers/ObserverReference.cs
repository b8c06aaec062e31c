using System.Reflection;

namespace Orleans.Runtime.Observers;

/// <summary>
/// A reference to an observer. What is told arrives in order, on a thread of its own; who waits for the answer has it
/// when the observer has finished, and of a one-way method there is none.
/// </summary>
public class ObserverReference : DispatchProxy
{
    private const int WaitingMax = 10_000;

    private readonly Lock _gate = new();
    private readonly Queue<Call> _waiting = new();
    private object? _observer;
    private bool _busy;

    internal static T Make<T>(IGrainObserver observer)
        where T : IGrainObserver
    {
        var made = Create<T, ObserverReference>();
        ((ObserverReference)(object)made)._observer = observer;
        return made;
    }

    internal void Delete() => _observer = null;

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var plan = MethodPlan.For(targetMethod!);
        var call = plan.NewCall(args ?? []);
        lock (_gate)
        {
            if (_observer is null)
                throw new OrleansException("The observer is gone.");
            if (_waiting.Count >= WaitingMax)
                throw new LimitExceededException("The observer does not keep up.");
            _waiting.Enqueue(call);
            if (!_busy)
            {
                _busy = true;
                // Not under the caller's ambient values: it is told, not called.
                ThreadPool.UnsafeQueueUserWorkItem(static self => _ = self.TellAll(), this, preferLocal: false);
            }
        }
        return plan.Reply(call);
    }

    private async Task TellAll()
    {
        while (Next() is { } call)
        {
            if (_observer is not { } observer)
            {
                call.Fail(new OrleansException("The observer is gone."));
                continue;
            }
            var told = Tell(call, observer);
            await told.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            call.Complete(told);
        }
    }

    private static Task Tell(Call call, object observer)
    {
        try
        {
            return call.Begin(observer);
        }
#pragma warning disable CA1031 // Whatever an observer throws belongs to who told it.
        catch (Exception trouble)
#pragma warning restore CA1031
        {
            return Task.FromException(trouble);
        }
    }

    private Call? Next()
    {
        lock (_gate)
        {
            if (_waiting.TryDequeue(out var next))
                return next;
            _busy = false;
            return null;
        }
    }
}
