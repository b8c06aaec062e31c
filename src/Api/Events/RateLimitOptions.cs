using System.ComponentModel.DataAnnotations;

namespace IotOrleans.Events;

/// <summary>Limits of events in. Section "RateLimits".</summary>
public sealed class RateLimitOptions
{
    public bool Enabled { get; set; } = true;

    /// <summary>Events a second of one device, in the long run.</summary>
    [Range(1, 1_000_000)]
    public int DeviceEventsPerSecond { get; set; } = 50;

    /// <summary>Events of one device at once.</summary>
    [Range(5, 1_000_000)]
    public int DeviceBurst { get; set; } = 500;

    /// <summary>Events a second of one key, in the long run.</summary>
    [Range(1, 1_000_000)]
    public int KeyEventsPerSecond { get; set; } = 5_000;

    /// <summary>Events of one key at once.</summary>
    [Range(5, 1_000_000)]
    public int KeyBurst { get; set; } = 20_000;

    /// <summary>Events that may be on their way to the disk at once; one more is answered with 503.</summary>
    [Range(1, 1_000_000)]
    public int UnderWayMax { get; set; } = 512;

    /// <summary>Life-safety events likewise; with more than half of them, no others are let in.</summary>
    [Range(1, 1_000_000)]
    public int UrgentUnderWayMax { get; set; } = 4_096;

    /// <summary>
    /// Seconds within which an event is answered: 503 when it is not known by then whether it is on disk.
    /// </summary>
    [Range(1, 60)]
    public int AnswerSecondsMax { get; set; } = 5;

    /// <summary>How many refusals of hooks from one address the audit log takes a minute; all are counted.</summary>
    [Range(1, 100_000)]
    public int RefusalsNotedPerMinute { get; set; } = 600;

    /// <summary>Masks that are none, looked up a minute by one telephony key; beyond it is taken for a scan.</summary>
    [Range(1, 10_000_000)]
    public int LookupMissesPerMinute { get; set; } = 60_000;

    /// <summary>The same of one person, or of a key that is not a telephony server's.</summary>
    [Range(1, 10_000_000)]
    public int PersonMissesPerMinute { get; set; } = 120;
}
