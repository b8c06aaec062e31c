using System.Text.Json;
using IotOrleans.Devices;
using IotOrleans.Incidents;
using IotOrleans.Json;
using IotOrleans.Postgres;
using Npgsql;

namespace IotOrleans.Events;

/// <summary>The journal of events, read from its table.</summary>
public sealed class PostgresEventLogs(NpgsqlDataSource database) : IEventLogs
{
    private const string Columns =
        "seq, event_id, device_id, event_type, occurred_at, received_at, payload, incidents, trace_id, explanation";

    private const string Found = $"""
        select {Columns} from events
        where event_id = $1 and ($2::text is null or device_id = $2)
        order by seq desc limit 1
        """;

    public Task<Page<EventLog>> List(EventLogFilter filter, PageRequest page, CancellationToken cancellation) =>
        new Listing("events", Columns)
            .Among(Numbers.Each, Numbers.Plain(filter.Subscribers), "msisdn")
            .By("device_id", filter.Device?.Value)
            .Where("event_type = ?", filter.EventType)
            .Where("received_at >= ?", filter.From)
            .Where("received_at < ?", filter.To)
            .Read(database, page, Read, cancellation);

    public Task<EventLog?> Find(string eventId, DeviceId? device, CancellationToken cancellation) =>
        Select.One(database, Found, Read, cancellation, eventId, device?.Value);

    public Task<Explanation?> Explain(string eventId, DeviceId? device, CancellationToken cancellation) =>
        Select.One(database, Found, ReadExplanation, cancellation, eventId, device?.Value);

    internal static Explanation ReadExplanation(NpgsqlDataReader reader) =>
        reader.Text(9) is { } json
            ? JsonSerializer.Deserialize<Explanation>(json, GrainStateJson.Options)!
            : Explanation.Nothing;

    internal static EventLog Read(NpgsqlDataReader reader) =>
        new(
            reader.GetString(1),
            new(reader.GetString(2)),
            reader.GetString(3),
            reader.GetFieldValue<DateTimeOffset>(4),
            reader.GetFieldValue<DateTimeOffset>(5),
            new JsonText(reader.GetString(6)),
            [.. reader.GetFieldValue<Guid[]>(7).Select(id => new IncidentId(id))],
            reader.GetString(8)
        );
}
