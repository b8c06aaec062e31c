using System.Data;
using System.Runtime.CompilerServices;
using IotOrleans.Calls;
using IotOrleans.Postgres;
using IotOrleans.Subscribers;
using Npgsql;

namespace IotOrleans.Masks;

/// <summary>Masks, pools and masked calls as screens read them.</summary>
public sealed partial class PostgresMasks
{
    private const string ListSql = $"""
        select mask_id, {Columns} from masks
        where mask_id < $4 and ($1::text is null or pool = $1) and ($2::boolean is null or (ended_at is null) = $2)
          and ($3::uuid is null or import_id = $3)
        order by mask_id desc limit $5
        """;

    // Each part has an index of its own, for masks that are and for those that were.
    private const string OfNumberSql = $"""
        select mask_id, {Columns} from masks
        where mask_id in (
                select mask_id from masks where shown = $4 and ended_at is null
                union all select mask_id from masks where shown = $4 and ended_at is not null
                union all select mask_id from masks where not $5 and real = $4 and ended_at is null
                union all select mask_id from masks where not $5 and real = $4 and ended_at is not null)
          and mask_id < $6 and ($1::text is null or pool = $1)
          and ($2::boolean is null or (ended_at is null) = $2) and ($3::uuid is null or import_id = $3)
        order by mask_id desc limit $7
        """;

    private const string ExportSql = $"select {Columns} from masks where ended_at is null order by mask_id";

    private const string PoolsSql = """
        select p.name, p.from_shown, p.to_shown,
               (select count(distinct m.shown) from masks m where m.shown between p.from_shown and p.to_shown
                  and (m.ended_at is null or m.rests_until > now()))
        from mask_pools p order by p.name
        """;

    // Who was behind the number when the call began, whoever is now: masks and sessions that ended are kept. Some
    // switches tell whole seconds only.
    private const string CallsSql = """
        with page as (
            select * from mask_calls where seq < $2 and ($1::text is null or to_number = $1) order by seq desc limit $3
        )
        select seq, call_id, from_number, to_number, hangup_cause, started_at, answered_at, ended_at, duration_seconds,
               (select real from (
                    select m.real, m.created_at, m.ended_at, m.expires_at from masks m
                    where m.shown = to_number::bigint and m.created_at <= page.ended_at + interval '1 second'
                    union all
                    select case when s.a = caller then s.b else s.a end, s.created_at, s.ended_at, s.expires_at
                    from mask_sessions s
                    where s.shown = to_number::bigint and caller in (s.a, s.b)
                      and s.created_at <= page.ended_at + interval '1 second'
                ) as behind
                where least(coalesce(behind.ended_at, 'infinity'), coalesce(behind.expires_at, 'infinity'))
                      >= page.started_at
                order by behind.created_at limit 1)
        from page,
             lateral (select case when from_number ~ '^\+[0-9]{7,15}$' then from_number::bigint end as caller) as who
        order by seq desc
        """;

    public Task<Mask?> Find(long id, CancellationToken cancellation) =>
        Select.One<Mask?>(database, $"select {Columns} from masks where mask_id = $1", Read, cancellation, id);

    public Task<Page<Mask>> List(MaskFilter filter, PageRequest page, CancellationToken cancellation)
    {
        object?[] common = [filter.Pool, filter.Active, filter.ImportId];
        var (sql, values) = filter.Number is { } number
            ? (OfNumberSql, [.. common, MaskMirror.Number(number), filter.ByShownOnly])
            : (ListSql, common);
        return replica.Read(
            source => Select.Page(source, sql, page, row => Read(row, 1), cancellation, values),
            cancellation
        );
    }

    public async IAsyncEnumerable<Mask> Export([EnumeratorCancellation] CancellationToken cancellation)
    {
        // Once it has begun it stays where it is: of two places half a file each would be none.
        await using var reader = await replica.Read(source => Begin(source, cancellation), cancellation);
        while (await Select.Guarded(() => reader.ReadAsync(cancellation)))
            yield return Read(reader);
    }

    private static Task<NpgsqlDataReader> Begin(NpgsqlDataSource source, CancellationToken cancellation) =>
        Select.Guarded(async () =>
        {
            var connection = await source.OpenConnectionAsync(cancellation);
            try
            {
                await using var command = new NpgsqlCommand(ExportSql, connection);
                return await command.ExecuteReaderAsync(CommandBehavior.CloseConnection, cancellation);
            }
            catch
            {
                await connection.DisposeAsync();
                throw;
            }
        });

    public async Task<Refusal> AddPool(string name, Msisdn from, Msisdn to, CancellationToken cancellation)
    {
        const string Add = """
            insert into mask_pools (name, from_shown, to_shown) values ($1, $2, $3) on conflict (name) do nothing
            """;
        const string Same = "select 1 from mask_pools where name = $1 and from_shown = $2 and to_shown = $3";
        object?[] values = [name, MaskMirror.Number(from), MaskMirror.Number(to)];
        if (await Select.Run(database, Add, cancellation, values) == 1)
            return Refusal.None;
        return await Select.One(database, Same, row => row.GetInt32(0), cancellation, values) == 1
            ? Refusal.AlreadyDone
            : Refusal.Conflict;
    }

    public Task<MaskPool[]> Pools(CancellationToken cancellation) =>
        Select.All(database, PoolsSql, ReadPool, cancellation);

    private static MaskPool ReadPool(NpgsqlDataReader row)
    {
        var (from, to) = (row.GetInt64(1), row.GetInt64(2));
        var size = to - from + 1;
        return new(row.GetString(0), MaskMirror.Digits(from), MaskMirror.Digits(to), size, size - row.GetInt64(3));
    }

    public Task<Page<MaskedCall>> Calls(Msisdn? shown, PageRequest page, CancellationToken cancellation) =>
        replica.Read(
            source => Select.Page(source, CallsSql, page, ReadCall, cancellation, shown?.ToString()),
            cancellation
        );

    private static MaskedCall ReadCall(NpgsqlDataReader row) =>
        new(
            new CallId(row.GetGuid(1)),
            row.GetString(2),
            new(row.GetString(3)[1..]),
            row.GetString(4) == MaskedCallStatuses.UnmappedCause || row.Maybe<long>(9) is not { } real
                ? null
                : MaskMirror.Digits(real),
            MaskedCallStatuses.Of(row.GetString(4), wasAnswered: !row.IsDBNull(6)),
            row.GetString(4),
            row.GetFieldValue<DateTimeOffset>(5),
            row.Maybe<DateTimeOffset>(6),
            row.GetFieldValue<DateTimeOffset>(7),
            row.GetInt32(8)
        );
}
