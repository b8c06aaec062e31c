namespace Orleans.Runtime;

/// <summary>A tick on its way through the mailbox: a call that nobody waits for.</summary>
internal sealed class TimerTick(bool interleaves, Func<Task> act) : Call(interleaves ? Beside : InTurn, [act])
{
    private static readonly MethodPlan InTurn = MethodPlan.For(typeof(ITimerTurn).GetMethod(nameof(ITimerTurn.Timer))!);
    private static readonly MethodPlan Beside = MethodPlan.For(
        typeof(ITimerTurn).GetMethod(nameof(ITimerTurn.InterleavingTimer))!
    );

    public override bool IsAnswered => false;

    public override Task Answer => Task.CompletedTask;

    public override Task Begin(object grain) => act();

    public override void Complete(Task finished) { }

    public override void Fail(Exception trouble) { }

    /// <summary>Gives ticks a name among the methods, so that figures and messages can say "timer".</summary>
    private interface ITimerTurn
    {
        [Concurrency.OneWay]
        Task Timer(Func<Task> act);

        [Concurrency.OneWay, Concurrency.AlwaysInterleave]
        Task InterleavingTimer(Func<Task> act);
    }
}
