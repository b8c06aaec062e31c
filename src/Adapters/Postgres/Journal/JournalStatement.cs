using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using IotOrleans.Incidents;
using Npgsql;

namespace IotOrleans.Journal;

/// <summary>
/// The one statement that writes a batch: events that are new, the incidents and legs that follow from them, later
/// versions of incidents and legs whose version is one below, and the CDRs of legs that were written. One statement is
/// one transaction and one round trip; it names only the tables that have rows in the batch.
/// </summary>
internal static class JournalStatement
{
    private static readonly ConcurrentDictionary<JournalParts, string> Texts = new();

    private static readonly CompositeFormat Events = CompositeFormat.Parse(
        """
        e as (
            insert into events (event_id, device_id, event_type, msisdn, occurred_at, received_at, payload, incidents,
                                explanation, trace_id, derived, edge)
            select event_id, device_id, event_type, msisdn, occurred_at, received_at, payload::json,
                   string_to_array(incidents, ',')::uuid[], explanation::json, trace_id, derived, edge
            from unnest({0}::text[], {1}::text[], {2}::text[], {3}::text[], {4}::timestamptz[], {5}::timestamptz[],
                        {6}::text[], {7}::text[], {8}::text[], {9}::text[], {10}::boolean[], {11}::boolean[])
              as n (event_id, device_id, event_type, msisdn, occurred_at, received_at, payload, incidents, explanation,
                    trace_id, derived, edge)
            on conflict (event_id, device_id) do nothing
            returning event_id, device_id
        )
        """
    );

    private static readonly CompositeFormat Incidents = CompositeFormat.Parse(
        """
        i as (
            insert into incidents (incident_id, rule_id, event_id, device_id, event_type, msisdn, status, opened_at,
                                   closed_at, due_at, version, state)
            select n.incident_id, n.rule_id, n.event_id, n.device_id, n.event_type, n.msisdn, n.status, n.opened_at,
                   n.closed_at, n.due_at, n.version, n.state::json
            from unnest({0}::uuid[], {1}::text[], {2}::text[], {3}::text[], {4}::text[], {5}::text[], {6}::text[],
                        {7}::timestamptz[], {8}::timestamptz[], {9}::timestamptz[], {10}::int[], {11}::text[])
              as n (incident_id, rule_id, event_id, device_id, event_type, msisdn, status, opened_at, closed_at, due_at,
                    version, state)
            where n.version > 1 or {12}
            on conflict (incident_id) do update
                set status = excluded.status, closed_at = excluded.closed_at, due_at = excluded.due_at,
                    version = excluded.version, state = excluded.state
                where incidents.version = excluded.version - 1
            returning incident_id
        )
        """
    );

    private const string OfNewEvent =
        "exists (select from e where e.event_id = n.event_id and e.device_id = n.device_id)";

    private static readonly CompositeFormat Legs = CompositeFormat.Parse(
        """
        l as (
            insert into calls (call_id, direction, from_number, to_number, phase, incident_id, started_at, due_at,
                               version, state)
            select n.call_id, n.direction, n.from_number, n.to_number, n.phase, n.incident_id, n.started_at, n.due_at,
                   n.version, n.state::json
            from unnest({0}::uuid[], {1}::text[], {2}::text[], {3}::text[], {4}::text[], {5}::uuid[],
                        {6}::timestamptz[], {7}::timestamptz[], {8}::int[], {9}::text[])
              as n (call_id, direction, from_number, to_number, phase, incident_id, started_at, due_at, version, state)
            where {10}
            on conflict (call_id) do update
                set phase = excluded.phase, due_at = excluded.due_at, version = excluded.version, state = excluded.state
                where calls.version = excluded.version - 1
            returning call_id
        )
        """
    );

    private static readonly CompositeFormat OfWrittenIncident = CompositeFormat.Parse(
        """
        n.version > 1 or n.incident_id is null or n.incident_id <> all({0}::uuid[])
               or exists (select from i where i.incident_id = n.incident_id)
        """
    );

    private static readonly CompositeFormat Cdrs = CompositeFormat.Parse(
        """
        c as (
            insert into cdrs (call_id, direction, from_number, to_number, hangup_cause, incident_id, device_id,
                              event_id, started_at, answered_at, ended_at, duration_seconds, billable_seconds,
                              answered_by, trace_id)
            select n.call_id, n.direction, n.from_number, n.to_number, n.hangup_cause, n.incident_id, n.device_id,
                   n.event_id, n.started_at, n.answered_at, n.ended_at, n.duration, n.billable, n.answered_by,
                   n.trace_id
            from unnest({0}::uuid[], {1}::text[], {2}::text[], {3}::text[], {4}::text[], {5}::uuid[], {6}::text[],
                        {7}::text[], {8}::timestamptz[], {9}::timestamptz[], {10}::timestamptz[], {11}::int[],
                        {12}::int[], {13}::text[], {14}::text[])
              as n (call_id, direction, from_number, to_number, hangup_cause, incident_id, device_id, event_id,
                    started_at, answered_at, ended_at, duration, billable, answered_by, trace_id)
            where exists (select from l where l.call_id = n.call_id)
            on conflict (call_id) do nothing
        )
        """
    );

    private const string KnownSql = """
        select e.event_id, e.device_id, e.incidents
        from unnest($1::text[], $2::text[]) as n (event_id, device_id)
        join events e on e.event_id = n.event_id and e.device_id = n.device_id
        """;

    public static async Task<WrittenRows> Execute(NpgsqlConnection connection, List<PendingEntry> batch)
    {
        var columns = JournalColumns.Of(batch);
        if (columns.Parts == JournalParts.None)
            return new(batch);
        await using var command = new NpgsqlCommand(Texts.GetOrAdd(columns.Parts, Text), connection);
        columns.AddTo(command.Parameters);
        // Prepared by itself after some uses, and not by a word of ours: that one would wait without end for an answer.
        var written = new WrittenRows(batch);
        await using var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            if (reader.GetChar(0) == 'e')
                written.AddEvent(reader.GetString(1), reader.GetString(2));
            else
                written.AddRow(reader.GetGuid(3));
        }
        return written;
    }

    private static string Text(JournalParts parts)
    {
        // Parameters are numbered in the order in which the columns of the parts are added.
        var (next, tables, told) = (1, new List<string>(), new List<string>());
        string[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => $"${next++}")];
        if (parts.HasFlag(JournalParts.Events))
        {
            tables.Add(Format(Events, Numbers(12)));
            told.Add("select 'e', event_id, device_id, null::uuid from e");
        }
        var firstIncident = $"${next}";
        if (parts.HasFlag(JournalParts.Incidents))
        {
            var isNew = parts.HasFlag(JournalParts.Events) ? OfNewEvent : "false";
            tables.Add(Format(Incidents, [.. Numbers(12), isNew]));
            told.Add("select 'i', null, null, incident_id from i");
        }
        if (parts.HasFlag(JournalParts.Legs))
        {
            var isMeant = parts.HasFlag(JournalParts.Incidents) ? Format(OfWrittenIncident, firstIncident) : "true";
            tables.Add(Format(Legs, [.. Numbers(10), isMeant]));
            told.Add("select 'l', null, null, call_id from l");
        }
        if (parts.HasFlag(JournalParts.Cdrs))
            tables.Add(Format(Cdrs, Numbers(15)));
        return $"with {string.Join(", ", tables)} {string.Join(" union all ", told)}";
    }

    private static string Format(CompositeFormat text, params string[] values) =>
        string.Format(CultureInfo.InvariantCulture, text, (object[])values);

    /// <summary>What these events, recorded at another time, led to then.</summary>
    public static async Task<Dictionary<(string EventId, string DeviceId), IncidentId[]>> KnownIncidents(
        NpgsqlConnection connection,
        List<PendingEntry> repeated
    )
    {
        await using var command = new NpgsqlCommand(KnownSql, connection);
        command.Parameters.Add(Column.Of(repeated, entry => entry.Entry.Event!.Event.EventId));
        command.Parameters.Add(Column.Of(repeated, entry => entry.Entry.Event!.Event.DeviceId.Value));
        await using var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        var known = new Dictionary<(string, string), IncidentId[]>();
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            var incidents = reader.GetFieldValue<Guid[]>(2);
            known[(reader.GetString(0), reader.GetString(1))] = [.. incidents.Select(id => new IncidentId(id))];
        }
        return known;
    }
}
