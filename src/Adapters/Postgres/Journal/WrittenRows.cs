namespace IotOrleans.Journal;

/// <summary>Which rows of a batch were really written.</summary>
internal sealed class WrittenRows
{
    private readonly Dictionary<(string EventId, string DeviceId), PendingEntry> _firstOf = [];
    private readonly HashSet<PendingEntry> _events = [];
    private readonly HashSet<Guid> _rows = [];

    public WrittenRows(List<PendingEntry> batch)
    {
        foreach (var pending in batch)
        {
            // The same event twice in one batch is written once, for the first of them.
            if (pending.Entry.Event is { Event: var occurred })
            {
                _firstOf.TryAdd((occurred.EventId, occurred.DeviceId.Value), pending);
            }
        }
    }

    public void AddEvent(string eventId, string deviceId) => _events.Add(_firstOf[(eventId, deviceId)]);

    public void AddRow(Guid id) => _rows.Add(id);

    public bool Has(PendingEntry pending) => _events.Contains(pending);

    public List<PendingEntry> Repeated(List<PendingEntry> batch) =>
        batch.FindAll(pending => pending.Entry.Event is not null && !_events.Contains(pending));

    public bool HasAll(JournalEntry entry) =>
        (entry.Incidents ?? []).All(incident => _rows.Contains(incident.IncidentId.Value))
        && (entry.Legs ?? []).All(leg => _rows.Contains(leg.CallId.Value));
}
