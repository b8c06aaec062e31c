using System.Runtime.CompilerServices;
using System.Text.Json;
using IotOrleans.Devices;
using IotOrleans.Json;
using IotOrleans.Postgres;
using IotOrleans.Rules;
using IotOrleans.Subscribers;
using Npgsql;

namespace IotOrleans.Events;

/// <summary>The journal as rehearsals read it: by the index of the scope, and never for long.</summary>
public sealed class PostgresEventHistory(NpgsqlDataSource database) : IEventHistory
{
    private const int SecondsMax = 20;

    private const string Columns = """
        select e.event_id, e.device_id, e.event_type, e.occurred_at, e.received_at, e.payload, e.trace_id,
               e.msisdn, d.registration, s.settings
        from events e
        left join devices d on d.device_id = e.device_id
        left join subscribers s on s.msisdn = e.msisdn
        where e.event_type = $1 and e.received_at >= $2 and e.received_at < $3
        """;

    private const string End = "order by e.seq limit $4";

    private const string OfDevice = $"{Columns} and e.device_id = $5 {End}";

    private const string OfNumber = $"{Columns} and e.msisdn = $5 {End}";

    private const string OfType = $"{Columns} and e.device_id in (select device_id from devices where type = $5) {End}";

    public async IAsyncEnumerable<PastEvent> Read(
        RuleScope scope,
        string eventType,
        DateTimeOffset from,
        DateTimeOffset to,
        int limit,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var (sql, key) = scope switch
        {
            { DeviceId: { } device } => (OfDevice, device.Value),
            { Msisdn: { } number } => (OfNumber, number.Digits),
            _ => (OfType, JsonNamingPolicy.SnakeCaseLower.ConvertName($"{scope.DeviceType}")),
        };
        await using var command = Select.Command(database, sql, [eventType, from, to, limit, key]);
        command.CommandTimeout = SecondsMax;
        await using var reader = await Select.Guarded(() => command.ExecuteReaderAsync(cancellation));
        while (await Select.Guarded(() => reader.ReadAsync(cancellation)))
            yield return Read(reader);
    }

    private static PastEvent Read(NpgsqlDataReader reader)
    {
        var id = new DeviceId(reader.GetString(1));
        var told = new DeviceEvent(
            reader.GetString(0),
            id,
            reader.GetString(2),
            reader.GetFieldValue<DateTimeOffset>(3),
            reader.GetFieldValue<DateTimeOffset>(4),
            new JsonText(reader.GetString(5)),
            reader.GetString(6)
        );
        var number = reader.Text(7) is { } digits ? new Msisdn(digits) : (Msisdn?)null;
        var device = reader.Text(8) is { } known
            ? JsonSerializer.Deserialize<DeviceRegistration>(known, GrainStateJson.Options)!
            : new DeviceRegistration(id, DeviceType.Other);
        var settings = reader.Text(9) is { } settled
            ? JsonSerializer.Deserialize<SubscriberSettings>(settled, GrainStateJson.Options)!
            : new SubscriberSettings();
        return new(told, device with { Msisdn = number }, settings);
    }
}
