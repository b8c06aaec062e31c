using IotOrleans.Devices;
using IotOrleans.Subscribers;

namespace IotOrleans.Events;

/// <summary>The journal of events as screens read it.</summary>
public interface IEventLogs
{
    Task<Page<EventLog>> List(EventLogFilter filter, PageRequest page, CancellationToken cancellation);

    /// <summary>The newest event of this id; ids are the devices' own, so two devices may use one.</summary>
    Task<EventLog?> Find(string eventId, DeviceId? device, CancellationToken cancellation);

    /// <summary>What the rules made of the event when it came.</summary>
    Task<Explanation?> Explain(string eventId, DeviceId? device, CancellationToken cancellation);
}

/// <param name="Subscribers">When given, only events of devices of these numbers.</param>
public sealed record EventLogFilter(
    DeviceId? Device = null,
    string? EventType = null,
    DateTimeOffset? From = null,
    DateTimeOffset? To = null,
    Msisdn[]? Subscribers = null
);
