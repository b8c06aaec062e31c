using IotOrleans.Events;
using IotOrleans.Journal;
using IotOrleans.Postgres;
using Npgsql;

namespace IotOrleans.Incidents;

/// <summary>Incidents, read from their table.</summary>
public sealed class PostgresIncidentLists(NpgsqlDataSource database) : IIncidentLists
{
    private const string Columns = "seq, state, version";

    private const string Found = $"select {Columns} from incidents where incident_id = $1";

    private const string Behind = """
        select e.seq, e.event_id, e.device_id, e.event_type, e.occurred_at, e.received_at, e.payload, e.incidents,
               e.trace_id, e.explanation
        from incidents i join events e on e.event_id = i.event_id and e.device_id = i.device_id
        where i.incident_id = $1
        """;

    public Task<Page<IncidentRecord>> List(IncidentFilter filter, PageRequest page, CancellationToken cancellation) =>
        new Listing("incidents", Columns)
            .Among(Numbers.Each, Numbers.Plain(filter.Subscribers), "msisdn")
            .Where(filter.Status is { } status ? $"status = '{Rows.Word(status)}'" : null)
            .Where(filter.Status is IncidentStatus.Running ? "due_at is not null" : null)
            .By("device_id", filter.Device?.Value)
            .Where("opened_at >= ?", filter.From)
            .Read(database, page, Read, cancellation);

    public Task<IncidentRecord?> Find(IncidentId id, CancellationToken cancellation) =>
        Select.One(database, Found, Read, cancellation, id.Value);

    public async Task<(EventLog Event, Explanation Explanation)?> Explain(
        IncidentId id,
        CancellationToken cancellation
    ) =>
        await Select.One<(EventLog, Explanation)?>(
            database,
            Behind,
            reader => (PostgresEventLogs.Read(reader), PostgresEventLogs.ReadExplanation(reader)),
            cancellation,
            id.Value
        );

    private static IncidentRecord Read(NpgsqlDataReader reader) => Rows.Incident(reader, first: 1).ToRecord();
}
