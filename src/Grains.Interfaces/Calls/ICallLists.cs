using IotOrleans.Incidents;
using IotOrleans.Subscribers;

namespace IotOrleans.Calls;

/// <summary>Calls and CDRs as screens read them.</summary>
public interface ICallLists
{
    Task<Page<CallRecord>> List(CallFilter filter, PageRequest page, CancellationToken cancellation);

    Task<CallRecord?> Find(CallId id, CancellationToken cancellation);

    Task<Page<CallDetailRecord>> Cdrs(CdrFilter filter, PageRequest page, CancellationToken cancellation);

    /// <summary>The records of those of these calls that are over.</summary>
    Task<CallDetailRecord[]> CdrsOf(CallId[] calls, CancellationToken cancellation);

    /// <summary>All CDRs of a period, oldest first, as they come from the database.</summary>
    IAsyncEnumerable<CallDetailRecord> ExportCdrs(CdrFilter filter, CancellationToken cancellation);
}

public sealed record CallFilter(
    Msisdn? Msisdn = null,
    CallPhase? Phase = null,
    IncidentId? Incident = null,
    Msisdn[]? Subscribers = null
);

public sealed record CdrFilter(
    Msisdn? Msisdn = null,
    DateTimeOffset? From = null,
    DateTimeOffset? To = null,
    Msisdn[]? Subscribers = null
);
