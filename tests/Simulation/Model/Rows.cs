using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Incidents;
using IotOrleans.Journal;
using IotOrleans.Postings;

namespace IotOrleans.Simulation;

/// <summary>
/// What has reached the disk. Written as the one statement of the real journal writes: each row whole, rows of a stale
/// version not at all.
/// </summary>
internal sealed class Rows(World world)
{
    private readonly Dictionary<(string, DeviceId), EventEntry> _events = [];
    private readonly Dictionary<IncidentId, Incident> _incidents = [];
    private readonly Dictionary<CallId, CallLeg> _legs = [];
    private readonly HashSet<IncidentId> _openIncidents = [];
    private readonly HashSet<CallId> _livingLegs = [];

    public List<(EventEntry Entry, IncidentId[] Incidents)> Events { get; } = [];

    public Dictionary<CallId, CallDetailRecord> Cdrs { get; } = [];

    public Dictionary<CallId, SwitchCdr> SwitchCdrs { get; } = [];

    /// <summary>When each of them was kept, on the clock that never jumps.</summary>
    public Dictionary<CallId, long> SwitchCdrsAt { get; } = [];

    public Dictionary<Guid, Posting> Postings { get; } = [];

    /// <summary>When each incident was seen to be closed, on the clock that never jumps.</summary>
    public Dictionary<IncidentId, long> ClosedAt { get; } = [];

    /// <summary>Likewise of legs.</summary>
    public Dictionary<CallId, long> EndedAt { get; } = [];

    public IEnumerable<Incident> Incidents => _incidents.Values;

    public IEnumerable<CallLeg> Legs => _legs.Values;

    public IEnumerable<Incident> OpenIncidents => _openIncidents.Select(id => _incidents[id]);

    public IEnumerable<CallLeg> LivingLegs => _livingLegs.Select(id => _legs[id]);

    public Incident? Incident(IncidentId id) => _incidents.GetValueOrDefault(id);

    public CallLeg? Leg(CallId id) => _legs.GetValueOrDefault(id);

    public (EventEntry Entry, IncidentId[] Incidents)? Event(string id, DeviceId device)
    {
        var found = Events.FindIndex(row => row.Entry.Event.EventId == id && row.Entry.Event.DeviceId == device);
        return found < 0 ? null : Events[found];
    }

    public bool IsQuiet =>
        _openIncidents.Count == 0 && _livingLegs.Count == 0 && Postings.Values.All(posting => posting.DueAt is null);

    /// <summary>The next time of any row, or null.</summary>
    public DateTimeOffset? NextDue()
    {
        DateTimeOffset? next = null;
        foreach (var incident in OpenIncidents)
            next = Earlier(next, incident.DueAt);
        foreach (var leg in LivingLegs)
            next = Earlier(next, leg.DueAt);
        foreach (var posting in Postings.Values)
            next = Earlier(next, posting.DueAt);
        return next;
    }

    public string Overdue(DateTimeOffset since) =>
        string.Join(
            ", ",
            [
                .. OpenIncidents
                    .Where(row => row.DueAt < since)
                    .Select(row => $"incident {world.Name(row.IncidentId)}"),
                .. LivingLegs.Where(row => row.DueAt < since).Select(row => $"leg {world.Name(row.CallId)}"),
                .. Postings.Values.Where(row => row.DueAt < since).Select(row => $"posting {row.PostingId}"),
            ]
        );

    /// <exception cref="StaleOwnerException">A row has another version.</exception>
    public JournalReply Write(JournalEntry entry)
    {
        if (entry.Event is { Event: var occurred } row)
        {
            if (_events.ContainsKey((occurred.EventId, occurred.DeviceId)))
                return new(Duplicate: true, Event(occurred.EventId, occurred.DeviceId)!.Value.Incidents);
            _events[(occurred.EventId, occurred.DeviceId)] = row;
            Events.Add((row, entry.IncidentIds));
        }
        var isWhole = true;
        var written = new HashSet<IncidentId>();
        foreach (var incident in entry.Incidents ?? [])
            isWhole &= Put(incident, entry) && written.Add(incident.IncidentId);
        foreach (var leg in entry.Legs ?? [])
            isWhole &= Put(leg, entry, written);
        return isWhole ? new(Duplicate: false, entry.IncidentIds) : throw new StaleOwnerException();
    }

    /// <returns>Whether the call had not ended for us; the first record of it counts.</returns>
    public bool Keep(SwitchCdr record)
    {
        if (!_livingLegs.Contains(record.CallId))
            return false;
        if (SwitchCdrs.TryAdd(record.CallId, record))
            SwitchCdrsAt[record.CallId] = world.Calendar.Now;
        return true;
    }

    public void Save(Posting posting)
    {
        var known = Postings.GetValueOrDefault(posting.PostingId);
        if (known is not null && known.Version != posting.Version - 1)
            throw new StaleOwnerException();
        Postings[posting.PostingId] = posting;
    }

    private bool Put(Incident incident, JournalEntry entry)
    {
        var known = Incident(incident.IncidentId);
        if (known is not null ? known.Version != incident.Version - 1 : incident.Version == 1 && entry.Event is null)
            return false;
        _incidents[incident.IncidentId] = incident;
        Keep(_openIncidents, incident.IncidentId, incident.DueAt);
        if (known is { IsRunning: false } && known.Status != incident.Status)
            world.Ledger.Break($"incident {world.Name(incident.IncidentId)} was closed twice");
        if (!incident.IsRunning && ClosedAt.TryAdd(incident.IncidentId, world.Calendar.Now))
            world.Ledger.Closed(incident);
        world.Say($"disk: incident {world.Name(incident.IncidentId)} v{incident.Version} {incident.Status}");
        return true;
    }

    private bool Put(CallLeg leg, JournalEntry entry, HashSet<IncidentId> written)
    {
        var known = Leg(leg.CallId);
        if (known is not null && known.Version != leg.Version - 1)
            return false;
        if (known is null && leg.Version == 1 && leg.IncidentId is { } owner)
        {
            var comesAlong = (entry.Incidents ?? []).Any(incident => incident.IncidentId == owner);
            if (comesAlong && !written.Contains(owner))
                return false;
        }
        _legs[leg.CallId] = leg;
        if (leg.IsOver)
            EndedAt.TryAdd(leg.CallId, world.Calendar.Now);
        Keep(_livingLegs, leg.CallId, leg.DueAt);
        world.Say($"disk: leg {world.Name(leg.CallId)} v{leg.Version} {leg.Phase} {leg.HangupCause}");
        if (entry.Cdr is { } cdr && cdr.CallId == leg.CallId && !Cdrs.TryAdd(cdr.CallId, cdr))
            world.Ledger.Break($"leg {world.Name(leg.CallId)} has a second CDR");
        return true;
    }

    private static void Keep<T>(HashSet<T> open, T id, DateTimeOffset? due)
    {
        if (due is null)
            open.Remove(id);
        else
            open.Add(id);
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) =>
        one is null || other < one ? other ?? one : one;
}
