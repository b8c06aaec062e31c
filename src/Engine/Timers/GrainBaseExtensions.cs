using Orleans.Runtime;

namespace Orleans;

public static class GrainBaseExtensions
{
    /// <summary>Has the grain called from time to time, each time as a turn of its own.</summary>
    public static IGrainTimer RegisterGrainTimer(
        this IGrainBase grain,
        Func<CancellationToken, Task> callback,
        GrainTimerCreationOptions options
    ) => new GrainTimer((Activation)grain.GrainContext, callback, options);

    public static IGrainTimer RegisterGrainTimer<TState>(
        this IGrainBase grain,
        Func<TState, CancellationToken, Task> callback,
        TState state,
        GrainTimerCreationOptions options
    ) => grain.RegisterGrainTimer(stop => callback(state, stop), options);

    public static IGrainTimer RegisterGrainTimer(
        this IGrainBase grain,
        Func<Task> callback,
        GrainTimerCreationOptions options
    ) => grain.RegisterGrainTimer(_ => callback(), options);

    public static IGrainTimer RegisterGrainTimer(
        this IGrainBase grain,
        Func<Task> callback,
        TimeSpan dueTime,
        TimeSpan period
    ) => grain.RegisterGrainTimer(callback, new GrainTimerCreationOptions(dueTime, period));

    public static void DeactivateOnIdle(this IGrainBase grain) =>
        grain.GrainContext.Deactivate(new(DeactivationReasonCode.ApplicationRequested, "DeactivateOnIdle was called."));
}
