using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Subscribers;

namespace IotOrleans.Incidents;

/// <summary>Incidents as screens read them.</summary>
public interface IIncidentLists
{
    Task<Page<IncidentRecord>> List(IncidentFilter filter, PageRequest page, CancellationToken cancellation);

    Task<IncidentRecord?> Find(IncidentId id, CancellationToken cancellation);

    /// <summary>The event behind the incident and what every rule made of it.</summary>
    Task<(EventLog Event, Explanation Explanation)?> Explain(IncidentId id, CancellationToken cancellation);
}

public sealed record IncidentFilter(
    IncidentStatus? Status = null,
    DeviceId? Device = null,
    DateTimeOffset? From = null,
    Msisdn[]? Subscribers = null
);
