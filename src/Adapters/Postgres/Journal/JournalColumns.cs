using IotOrleans.Calls;
using IotOrleans.Incidents;
using Npgsql;

namespace IotOrleans.Journal;

/// <summary>
/// A batch turned on its side: one array for each column of the statement, in the order of its parameters.
/// </summary>
internal sealed class JournalColumns
{
    private readonly List<EventEntry> _events = [];
    private readonly List<string> _incidentsOfEvents = [];
    private readonly List<Incident> _incidents = [];
    private readonly List<CallLeg> _legs = [];
    private readonly List<CallDetailRecord> _cdrs = [];

    public JournalParts Parts =>
        (_events.Count > 0 ? JournalParts.Events : 0)
        | (_incidents.Count > 0 ? JournalParts.Incidents : 0)
        | (_legs.Count > 0 ? JournalParts.Legs : 0)
        | (_cdrs.Count > 0 ? JournalParts.Cdrs : 0);

    public static JournalColumns Of(List<PendingEntry> batch)
    {
        var columns = new JournalColumns();
        foreach (var pending in batch)
            columns.Add(pending.Entry);
        return columns;
    }

    public void AddTo(NpgsqlParameterCollection parameters)
    {
        if (_events.Count > 0)
            AddEvents(parameters);
        if (_incidents.Count > 0)
            AddIncidents(parameters);
        if (_legs.Count > 0)
            AddLegs(parameters);
        if (_cdrs.Count > 0)
            AddCdrs(parameters);
    }

    private void Add(JournalEntry entry)
    {
        if (entry.Event is { } occurred)
        {
            _events.Add(occurred);
            _incidentsOfEvents.Add(string.Join(',', entry.IncidentIds));
        }
        _incidents.AddRange(entry.Incidents ?? []);
        _legs.AddRange(entry.Legs ?? []);
        if (entry.Cdr is { } cdr)
            _cdrs.Add(cdr);
    }

    private void AddEvents(NpgsqlParameterCollection parameters)
    {
        parameters.Add(Column.Of(_events, entry => entry.Event.EventId));
        parameters.Add(Column.Of(_events, entry => entry.Event.DeviceId.Value));
        parameters.Add(Column.Of(_events, entry => entry.Event.EventType));
        parameters.Add(Column.Of(_events, entry => entry.Subscriber?.Digits));
        parameters.Add(Column.Of(_events, entry => entry.Event.OccurredAt.UtcDateTime));
        parameters.Add(Column.Of(_events, entry => entry.Event.ReceivedAt.UtcDateTime));
        parameters.Add(Column.Of(_events, entry => entry.Event.Payload.Text));
        parameters.Add(Column.Of(_incidentsOfEvents, incidents => incidents));
        parameters.Add(Column.OfJson(_events, entry => entry.Explanation is { } why ? Rows.Json(why) : null));
        parameters.Add(Column.Of(_events, entry => entry.Event.TraceId));
        parameters.Add(Column.Of(_events, entry => entry.Event.Derived));
        parameters.Add(Column.Of(_events, entry => entry.Edge));
    }

    private void AddIncidents(NpgsqlParameterCollection parameters)
    {
        parameters.Add(Column.Of(_incidents, incident => incident.IncidentId.Value));
        parameters.Add(Column.Of(_incidents, incident => incident.RuleId.Value));
        parameters.Add(Column.Of(_incidents, incident => incident.EventId));
        parameters.Add(Column.Of(_incidents, incident => incident.DeviceId.Value));
        parameters.Add(Column.Of(_incidents, incident => incident.EventType));
        parameters.Add(Column.Of(_incidents, incident => incident.Msisdn?.Digits));
        parameters.Add(Column.Of(_incidents, incident => Rows.Word(incident.Status)));
        parameters.Add(Column.Of(_incidents, incident => incident.OpenedAt.UtcDateTime));
        parameters.Add(Column.Of(_incidents, incident => incident.ClosedAt?.UtcDateTime));
        parameters.Add(Column.Of(_incidents, incident => incident.DueAt?.UtcDateTime));
        parameters.Add(Column.Of(_incidents, incident => incident.Version));
        parameters.Add(Column.OfJson(_incidents, Rows.Json));
    }

    private void AddLegs(NpgsqlParameterCollection parameters)
    {
        parameters.Add(Column.Of(_legs, leg => leg.CallId.Value));
        parameters.Add(Column.Of(_legs, leg => Rows.Word(leg.Direction)));
        parameters.Add(Column.Of(_legs, leg => leg.From));
        parameters.Add(Column.Of(_legs, leg => leg.To));
        parameters.Add(Column.Of(_legs, leg => Rows.Word(leg.Phase)));
        parameters.Add(Column.Of(_legs, leg => leg.IncidentId?.Value));
        parameters.Add(Column.Of(_legs, leg => leg.StartedAt.UtcDateTime));
        parameters.Add(Column.Of(_legs, leg => leg.DueAt?.UtcDateTime));
        parameters.Add(Column.Of(_legs, leg => leg.Version));
        parameters.Add(Column.OfJson(_legs, Rows.Json));
    }

    private void AddCdrs(NpgsqlParameterCollection parameters)
    {
        parameters.Add(Column.Of(_cdrs, cdr => cdr.CallId.Value));
        parameters.Add(Column.Of(_cdrs, cdr => Rows.Word(cdr.Direction)));
        parameters.Add(Column.Of(_cdrs, cdr => cdr.From));
        parameters.Add(Column.Of(_cdrs, cdr => cdr.To));
        parameters.Add(Column.Of(_cdrs, cdr => cdr.HangupCause));
        parameters.Add(Column.Of(_cdrs, cdr => cdr.IncidentId?.Value));
        parameters.Add(Column.Of(_cdrs, cdr => cdr.DeviceId?.Value));
        parameters.Add(Column.Of(_cdrs, cdr => cdr.EventId));
        parameters.Add(Column.Of(_cdrs, cdr => cdr.StartedAt.UtcDateTime));
        parameters.Add(Column.Of(_cdrs, cdr => cdr.AnsweredAt?.UtcDateTime));
        parameters.Add(Column.Of(_cdrs, cdr => cdr.EndedAt.UtcDateTime));
        parameters.Add(Column.Of(_cdrs, cdr => cdr.DurationSeconds));
        parameters.Add(Column.Of(_cdrs, cdr => cdr.BillableSeconds));
        parameters.Add(Column.Of(_cdrs, cdr => cdr.AnsweredBy));
        parameters.Add(Column.Of(_cdrs, cdr => cdr.TraceId));
    }
}

/// <summary>Which tables a batch has rows for. A CDR never comes without its leg.</summary>
[Flags]
internal enum JournalParts
{
    None = 0,
    Events = 1,
    Incidents = 2,
    Legs = 4,
    Cdrs = 8,
}
