namespace Orleans.Runtime;

internal sealed partial class GrainEngine
{
    private long _collectAt;

    private TimeSpan CollectionQuantum =>
        TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerSecond, Options.CollectionAge.Ticks / 8));

    /// <summary>
    /// Once a second: callers who have waited too long, and from time to time grains that nobody calls.
    /// </summary>
    private void Look()
    {
        Timestamp = Clock.GetTimestamp();
        var deadline = Timestamp - Ticks(Options.CallTimeout);
        foreach (var (activation, _) in _watched)
        {
            activation.Expire(deadline);
            if (!activation.IsBusy)
                _watched.TryRemove(activation, out _);
        }
        if (Timestamp < _collectAt)
            return;
        _collectAt = Timestamp + Ticks(CollectionQuantum);
        var before = Timestamp - Ticks(Options.CollectionAge);
        foreach (var activation in Awake)
            activation.SleepIfIdle(before);
    }
}
