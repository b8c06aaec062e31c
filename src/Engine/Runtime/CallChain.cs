namespace Orleans.Runtime;

/// <summary>
/// Who waits for whom: each turn knows the turn that called it. A call to a grain that waits further up in the same
/// chain could only wait for itself.
/// </summary>
internal sealed class CallChain(Activation activation, Call call, CallChain? caller)
{
    private static readonly AsyncLocal<CallChain?> Flow = new();

    public static CallChain? Current => Flow.Value;

    public static void Enter(Activation activation, Call call) =>
        Flow.Value = new(activation, call, call.Plan.IsOneWay ? null : Flow.Value);

    /// <summary>A timer's turn was called by nobody.</summary>
    public static void Leave() => Flow.Value = null;

    /// <exception cref="CallChainDeadlockException">The target waits for this very call.</exception>
    public static void Check(Activation target, MethodPlan plan)
    {
        if (plan.IsOneWay || plan.Interleaves || target.IsReentrant)
            return;
        for (var link = Flow.Value; link is not null; link = link._caller)
        {
            if (link._activation == target && target.IsRunning(link._call))
                throw Deadlock(target, plan);
        }
    }

    private readonly Activation _activation = activation;
    private readonly Call _call = call;
    private readonly CallChain? _caller = caller;

    private static CallChainDeadlockException Deadlock(Activation target, MethodPlan plan)
    {
        var names = new List<string> { $"{plan.Name} of {target.GrainId}" };
        for (var link = Flow.Value; link is not null; link = link._caller)
        {
            names.Add($"{link._call.Plan.Name} of {link._activation.GrainId}");
        }
        names.Reverse();
        return new($"The call could only wait for itself: {string.Join(" -> ", names)}.");
    }
}
