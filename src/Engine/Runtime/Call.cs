namespace Orleans.Runtime;

/// <summary>One call on its way: what is asked, by whom, and where the answer goes.</summary>
internal abstract class Call(MethodPlan plan, object?[] arguments)
{
    public MethodPlan Plan => plan;

    /// <summary>The caller's ambient values: trace, request context, the chain of calls it stands in.</summary>
    public ExecutionContext? Ambient { get; } = ExecutionContext.Capture();

    /// <summary>Whether it may begin while another call waits for something.</summary>
    public bool MayInterleave { get; set; }

    /// <summary>The mailbox's own: who comes after it.</summary>
    public Call? Next { get; set; }

    /// <summary>On the engine's clock, for the time limit.</summary>
    public long AskedAt { get; set; }

    /// <summary>The caller has been told that it took too long: what has not begun need not begin.</summary>
    public abstract bool IsAnswered { get; }

    public abstract Task Answer { get; }

    public virtual Task Begin(object grain) => plan.Invoke(grain, arguments);

    /// <summary>Passes on how it went. The task has completed.</summary>
    public abstract void Complete(Task finished);

    public abstract void Fail(Exception trouble);
}

internal sealed class Call<TResult>(MethodPlan plan, object?[] arguments, TaskCreationOptions answering)
    : Call(plan, arguments)
{
    private readonly TaskCompletionSource<TResult> _answer = new(answering);

    public override bool IsAnswered => _answer.Task.IsCompleted;

    public override Task Answer => _answer.Task;

    public override void Complete(Task finished)
    {
        if (finished.IsCompletedSuccessfully)
        {
            _answer.TrySetResult(finished is Task<TResult> typed ? typed.Result : default!);
        }
        else if (finished.IsCanceled)
            _answer.TrySetCanceled();
        else
            _answer.TrySetException(finished.Exception!.InnerExceptions);
    }

    public override void Fail(Exception trouble) => _answer.TrySetException(trouble);
}
