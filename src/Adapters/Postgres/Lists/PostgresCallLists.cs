using System.Runtime.CompilerServices;
using IotOrleans.Journal;
using IotOrleans.Postgres;
using IotOrleans.Subscribers;
using Npgsql;

namespace IotOrleans.Calls;

/// <summary>
/// Calls and CDRs, read from their tables. A number is found on either side of a call, each by its own index.
/// </summary>
public sealed class PostgresCallLists(NpgsqlDataSource database) : ICallLists
{
    private const string Columns = "seq, state, version";

    private const string Found = $"select {Columns} from calls where call_id = $1";

    internal const string CdrColumns = """
        seq, call_id, direction, from_number, to_number, hangup_cause, incident_id, device_id, started_at, answered_at,
        ended_at, duration_seconds, billable_seconds, answered_by, event_id, trace_id
        """;

    private const string CdrsOfCalls = $"select {CdrColumns} from cdrs where call_id = any($1) order by seq";

    // In the order of the index on ended_at, so that the first row does not wait for the last.
    private const string ExportedCdrs = $"""
        select {CdrColumns} from cdrs
        where ended_at >= coalesce($1::timestamptz, '-infinity') and ended_at < coalesce($2::timestamptz, 'infinity')
          and ($3::text is null or from_number = $3 or to_number = $3)
          and ($4::text[] is null or from_number = any($4) or to_number = any($4))
        order by ended_at, seq
        """;

    public Task<Page<CallRecord>> List(CallFilter filter, PageRequest page, CancellationToken cancellation) =>
        Of(new Listing("calls", Columns), filter.Msisdn, filter.Subscribers)
            .Where(filter.Phase is { } phase ? $"phase = '{Rows.Word(phase)}'" : null)
            .Where(filter.Phase is { } and not CallPhase.Ended ? "due_at is not null" : null)
            .Where("incident_id = ?", filter.Incident?.Value)
            .Read(database, page, ReadCall, cancellation);

    public Task<CallRecord?> Find(CallId id, CancellationToken cancellation) =>
        Select.One(database, Found, ReadCall, cancellation, id.Value);

    public Task<Page<CallDetailRecord>> Cdrs(CdrFilter filter, PageRequest page, CancellationToken cancellation) =>
        Of(new Listing("cdrs", CdrColumns), filter.Msisdn, filter.Subscribers)
            .Where("ended_at >= ?", filter.From)
            .Where("ended_at < ?", filter.To)
            .Read(database, page, ReadCdr, cancellation);

    public Task<CallDetailRecord[]> CdrsOf(CallId[] calls, CancellationToken cancellation) =>
        Select.Guarded(async () =>
        {
            await using var command = Select.Command(database, CdrsOfCalls, [calls.Select(id => id.Value).ToArray()]);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            var found = new List<CallDetailRecord>();
            while (await reader.ReadAsync(cancellation))
                found.Add(ReadCdr(reader));
            return found.ToArray();
        });

    public async IAsyncEnumerable<CallDetailRecord> ExportCdrs(
        CdrFilter filter,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        object?[] values = [filter.From, filter.To, filter.Msisdn?.ToString(), Numbers.Shown(filter.Subscribers)];
        await using var command = Select.Command(database, ExportedCdrs, values);
        await using var reader = await Select.Guarded(() => command.ExecuteReaderAsync(cancellation));
        while (await Select.Guarded(() => reader.ReadAsync(cancellation)))
            yield return ReadCdr(reader);
    }

    // A number that is asked for leads to the rows; whose calls may be seen at all is then only a check.
    private static Listing Of(Listing rows, Msisdn? number, Msisdn[]? subscribers) =>
        number is { } asked
            ? rows.Among(Numbers.Each, Numbers.Shown([asked]), "from_number", "to_number")
                .Where("(from_number = any(?) or to_number = any(?))", Numbers.Shown(subscribers))
            : rows.Among(Numbers.Each, Numbers.Shown(subscribers), "from_number", "to_number");

    private static CallRecord ReadCall(NpgsqlDataReader reader) => Rows.Leg(reader, first: 1).ToRecord();

    internal static CallDetailRecord ReadCdr(NpgsqlDataReader reader) =>
        new(
            new(reader.GetGuid(1)),
            reader.GetString(2) == "inbound" ? CallDirection.Inbound : CallDirection.Outbound,
            reader.GetString(3),
            reader.GetString(4),
            reader.GetString(5),
            reader.Maybe<Guid>(6) is { } incident ? new(incident) : null,
            reader.Text(7) is { } device ? new(device) : null,
            reader.GetFieldValue<DateTimeOffset>(8),
            reader.Maybe<DateTimeOffset>(9),
            reader.GetFieldValue<DateTimeOffset>(10),
            reader.GetInt32(11),
            reader.GetInt32(12),
            reader.Text(13),
            reader.Text(14),
            reader.GetString(15)
        );
}
