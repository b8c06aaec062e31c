namespace IotOrleans.Devices;

/// <summary>When each device that must not be silent was last heard.</summary>
public interface IDeviceSigns
{
    /// <summary>What was heard since the last note; with nothing in it, it still says that somebody listens.</summary>
    /// <exception cref="Events.JournalUnavailableException">The database cannot be reached now.</exception>
    Task Note(DeviceSign[] signs, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>
    /// Those that have been silent for longer than they may and were not told of, the longest first. Time in which
    /// nobody listened does not count, nor does what lies behind a hub that is silent itself.
    /// </summary>
    Task<QuietDevice[]> Quiet(DateTimeOffset now, int limit, CancellationToken cancellation);

    /// <summary>Those that were told of as offline and have been heard since.</summary>
    Task<QuietDevice[]> Returned(int limit, CancellationToken cancellation);

    /// <summary>Its silence, or its return, is recorded as an event.</summary>
    Task Told(QuietDevice device, bool offline, CancellationToken cancellation);
}

/// <param name="Via">The hub that told of it; itself when it spoke for itself.</param>
public sealed record DeviceSign(DeviceId DeviceId, DateTimeOffset At, DeviceId Via);

/// <param name="SeenAt">When it was last heard: before its silence, or at its return.</param>
public sealed record QuietDevice(DeviceId DeviceId, DateTimeOffset SeenAt, int IntervalSeconds);
