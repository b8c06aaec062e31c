namespace IotOrleans;

/// <summary>
/// A one-shot timer of a grain for a time that is stored as well: the fast path beside the sweeper, which does not need
/// it. Setting it again moves it.
/// </summary>
internal sealed class Alarm
{
    private static readonly TimeSpan LengthMax = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Timers of .NET go by the system's coarse clock, up to 10 ms behind the fine one; whoever is woken asks that one.
    /// </summary>
    private static readonly TimeSpan Coarse = TimeSpan.FromMilliseconds(10);

    private IGrainTimer? _timer;

    public static Alarm? Set(Grain grain, Alarm? alarm, TimeSpan after, Func<Task> act)
    {
        alarm?.Clear();
        // What is far away is left to the sweeper, and need not keep the grain awake.
        if (after > LengthMax)
            return null;
        var set = new Alarm();
        set._timer = grain.RegisterGrainTimer(
            async _ =>
            {
                set.Clear();
                await act();
            },
            new GrainTimerCreationOptions(
                after > TimeSpan.Zero ? after + Coarse : TimeSpan.Zero,
                Timeout.InfiniteTimeSpan
            )
        );
        return set;
    }

    public void Clear()
    {
        _timer?.Dispose();
        _timer = null;
    }
}
