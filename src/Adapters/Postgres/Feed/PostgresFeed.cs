using IotOrleans.Calls;
using IotOrleans.Events;
using IotOrleans.Incidents;
using IotOrleans.Journal;
using IotOrleans.Masks;
using IotOrleans.Postgres;
using Npgsql;

namespace IotOrleans.Feed;

/// <summary>The feed in PostgreSQL: the tables themselves, read in the order of their numbers.</summary>
public sealed class PostgresFeed(NpgsqlDataSource database, TimeProvider clock) : IFeed
{
    private const string EventsSql = """
        select seq, event_id, device_id, event_type, occurred_at, received_at, payload, incidents, trace_id
        from events where seq > $1 and seq <= $2
        """;

    private const string IncidentsSql = """
        select c.seq, i.state, i.version from closed_incidents c join incidents i using (incident_id)
        where c.seq > $1 and c.seq <= $2
        """;

    private const string CdrsSql = $"select {PostgresCallLists.CdrColumns} from cdrs where seq > $1 and seq <= $2";

    private const string MaskedCallsSql = """
        select seq, call_id, from_number, to_number, hangup_cause, started_at, answered_at, ended_at, duration_seconds
        from mask_calls where seq > $1 and seq <= $2
        """;

    private const string NewPosition = """
        insert into feed_positions (reader, kind, after) values ($1, $2, $3) on conflict do nothing
        """;

    // Never back: a reader that was slow to say so must not undo what another has said since.
    private const string Advanced = """
        insert into feed_positions (reader, kind, after) values ($1, $2, $3)
        on conflict (reader, kind) do update set after = greatest(feed_positions.after, excluded.after)
        """;

    private readonly Settled _settled = new(database, clock);

    public Task<long> Settled(FeedKind kind, CancellationToken cancellation) =>
        _settled.Read(Table(kind), cancellation);

    public Task<Numbered<EventLog>[]> Events(FeedRange range, CancellationToken cancellation) =>
        new FeedQuery(EventsSql, range)
            .Time("received_at")
            .Where("msisdn = any(?)", Numbers.Plain(range.Numbers))
            .Where("event_type = any(?)", range.EventTypes)
            .Read(database, "seq", PostgresEventLogs.Read, cancellation);

    public Task<Numbered<IncidentRecord>[]> ClosedIncidents(FeedRange range, CancellationToken cancellation) =>
        new FeedQuery(IncidentsSql, range)
            .Time("i.closed_at")
            .Where("i.msisdn = any(?)", Numbers.Plain(range.Numbers))
            .Read(database, "c.seq", row => Rows.Incident(row, first: 1).ToRecord(), cancellation);

    public Task<Numbered<CallDetailRecord>[]> Cdrs(FeedRange range, CancellationToken cancellation) =>
        new FeedQuery(CdrsSql, range)
            .Time("ended_at")
            .Where("(from_number = any(?) or to_number = any(?))", Numbers.Shown(range.Numbers))
            .Read(database, "seq", PostgresCallLists.ReadCdr, cancellation);

    public Task<Numbered<MaskedCallNotice>[]> MaskedCalls(FeedRange range, CancellationToken cancellation) =>
        new FeedQuery(MaskedCallsSql, range)
            .Time("ended_at")
            .Where("to_number = any(?)", Numbers.Shown(range.Numbers))
            .Read(database, "seq", ReadMaskedCall, cancellation);

    public async Task<long> Position(string reader, FeedKind kind, CancellationToken cancellation)
    {
        if (await Known(reader, kind, cancellation) is { } known)
            return known;
        var now = await Settled(kind, cancellation);
        await Select.Run(database, NewPosition, cancellation, reader, Rows.Word(kind), now);
        return (await Known(reader, kind, cancellation)).GetValueOrDefault(now);
    }

    public Task Advance(string reader, FeedKind kind, long after, CancellationToken cancellation) =>
        Select.Run(database, Advanced, cancellation, reader, Rows.Word(kind), after);

    public Task Forget(string reader, CancellationToken cancellation) =>
        Select.Run(database, "delete from feed_positions where reader = $1", cancellation, reader);

    private Task<long?> Known(string reader, FeedKind kind, CancellationToken cancellation) =>
        Select.One<long?>(
            database,
            "select after from feed_positions where reader = $1 and kind = $2",
            row => row.GetInt64(0),
            cancellation,
            reader,
            Rows.Word(kind)
        );

    private static MaskedCallNotice ReadMaskedCall(NpgsqlDataReader row) =>
        new(
            new(row.GetGuid(1)),
            MaskedCallNotice.Shorten(row.GetString(2)),
            new(row.GetString(3)[1..]),
            MaskedCallStatuses.Of(row.GetString(4), wasAnswered: !row.IsDBNull(6)),
            row.GetFieldValue<DateTimeOffset>(5),
            row.Maybe<DateTimeOffset>(6),
            row.GetFieldValue<DateTimeOffset>(7),
            row.GetInt32(8)
        );

    private static string Table(FeedKind kind) =>
        kind switch
        {
            FeedKind.Event => "events",
            FeedKind.IncidentClosed => "closed_incidents",
            _ => "cdrs",
        };
}
