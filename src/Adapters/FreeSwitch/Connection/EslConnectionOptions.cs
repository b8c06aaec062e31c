namespace IotOrleans.FreeSwitch;

/// <summary>The bounds of one connection.</summary>
public sealed record EslConnectionOptions
{
    public EslLimits Limits { get; init; } = EslLimits.Default;

    /// <summary>Also the time for one write.</summary>
    public TimeSpan ReplyTime { get; init; } = TimeSpan.FromSeconds(5);
    public int PendingMax { get; init; } = 2_000;

    /// <summary>Background jobs that may be open at once.</summary>
    public int JobsMax { get; init; } = 20_000;
    public int EventsMax { get; init; } = 20_000;

    public static EslConnectionOptions From(FreeSwitchOptions options) =>
        new()
        {
            ReplyTime = TimeSpan.FromMilliseconds(options.ReplyMilliseconds),
            PendingMax = options.PendingMax,
            EventsMax = options.EventsMax,
        };
}
