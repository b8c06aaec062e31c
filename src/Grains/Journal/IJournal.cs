using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Incidents;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Journal;

/// <summary>
/// The durable record of events, incidents, calls and CDRs. An entry is written whole or not at all, together with the
/// entries of others in one commit; when <see cref="Write"/> returns, it has reached the disk.
/// </summary>
public interface IJournal
{
    /// <exception cref="JournalUnavailableException">
    /// Not durable, or not known to be: read again before acting.
    /// </exception>
    /// <exception cref="StaleOwnerException">
    /// Somebody else has written this incident or leg since it was read.
    /// </exception>
    Task<JournalReply> Write(JournalEntry entry);

    /// <summary>
    /// How many entries could not be written so far. Where it grows a report may be lost that nobody repeats.
    /// </summary>
    long FailedWrites { get; }

    /// <summary>How many reads failed so far. Whoever was woken meanwhile may not have got to see why.</summary>
    long FailedReads { get; }

    /// <exception cref="JournalUnavailableException">The journal cannot be read now.</exception>
    Task<Incident?> ReadIncident(IncidentId id);

    /// <exception cref="JournalUnavailableException">The journal cannot be read now.</exception>
    Task<CallLeg?> ReadLeg(CallId id);

    /// <summary>When each rule last opened an incident for this device.</summary>
    Task<Dictionary<RuleId, DateTimeOffset>> LastOpened(DeviceId device);

    /// <summary>What the device last said of each event type that has a beginning and an end.</summary>
    Task<Dictionary<string, bool>> LastEdges(DeviceId device);

    /// <summary>Open incidents and legs whose time has come, the most urgent first.</summary>
    Task<Overdue> ReadOverdue(DateTimeOffset now, int limit);

    /// <summary>Every incident that is still running; for a start, when nobody knows who was told what.</summary>
    IAsyncEnumerable<IncidentId> ReadOpenIncidents(CancellationToken cancellation);

    /// <summary>Every leg that is not over; for asking the switch after a silence.</summary>
    IAsyncEnumerable<CallId> ReadLivingLegs(CancellationToken cancellation);

    /// <summary>Every outbound leg that is not over and was ordered from this switch.</summary>
    IAsyncEnumerable<CallId> ReadLegsOn(string @switch, CancellationToken cancellation);
}

/// <summary>What must become durable together.</summary>
/// <param name="Event">When it was recorded before, nothing of this entry is written.</param>
/// <param name="Incidents">With Version one above the version that was read; 1 is a new one.</param>
/// <param name="Legs">Likewise. Written only if the incident of the same entry, when there is one, was.</param>
public sealed record JournalEntry(
    EventEntry? Event = null,
    Incident[]? Incidents = null,
    CallLeg[]? Legs = null,
    CallDetailRecord? Cdr = null
)
{
    /// <summary>What the event led to: the incidents it opened, and those it joined.</summary>
    public IncidentId[] IncidentIds =>
        [.. (Incidents ?? []).Select(incident => incident.IncidentId), .. Event?.Joined ?? []];
}

/// <param name="Joined">Incidents that were open before and that the event belongs to.</param>
public sealed record EventEntry(
    DeviceEvent Event,
    Msisdn? Subscriber,
    Explanation? Explanation,
    bool? Edge = null,
    IncidentId[]? Joined = null
);

/// <param name="Duplicate">The event was recorded before, and Incidents are those of that time.</param>
public readonly record struct JournalReply(bool Duplicate, IncidentId[] Incidents);

public sealed record Overdue(IncidentId[] Incidents, CallId[] Legs);

/// <summary>Another owner has taken over: whoever sees this must stop acting and read again.</summary>
[GenerateSerializer, Alias("iot.stale-owner")]
public sealed class StaleOwnerException : Exception
{
    public StaleOwnerException()
        : this("Another owner has written since.") { }

    public StaleOwnerException(string message)
        : base(message) { }

    public StaleOwnerException(string message, Exception inner)
        : base(message, inner) { }
}
