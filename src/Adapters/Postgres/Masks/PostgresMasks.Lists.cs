using System.Data;
using System.Runtime.CompilerServices;
using IotOrleans.Access;
using IotOrleans.Calls;
using IotOrleans.Postgres;
using IotOrleans.Subscribers;
using Npgsql;

namespace IotOrleans.Masks;

/// <summary>Masks, pools and masked calls as screens read them.</summary>
public sealed partial class PostgresMasks
{
    private static string ListSql(string? customer) =>
        $"""
            select mask_id, {Columns} from masks
            where mask_id < $5 and ($1::text is null or pool = $1) and ($2::boolean is null or (ended_at is null) = $2)
              and ($3::uuid is null or import_id = $3) and {Of(customer, "$4")}
            order by mask_id desc limit $6
            """;

    // Each part has an index of its own, for masks that are and for those that were.
    private const string OfNumberSql = $"""
        select mask_id, {Columns} from masks
        where mask_id in (
                select mask_id from masks where shown = $5 and ended_at is null
                union all select mask_id from masks where shown = $5 and ended_at is not null
                union all select mask_id from masks where not $6 and real = $5 and ended_at is null
                union all select mask_id from masks where not $6 and real = $5 and ended_at is not null)
          and mask_id < $7 and ($1::text is null or pool = $1)
          and ($2::boolean is null or (ended_at is null) = $2) and ($3::uuid is null or import_id = $3)
          and ($4::text is null or customer_id = $4)
        order by mask_id desc limit $8
        """;

    private const string PoolsSql = """
        select p.name, p.from_shown, p.to_shown,
               (select count(distinct m.shown) from masks m where m.shown between p.from_shown and p.to_shown
                  and (m.ended_at is null or m.rests_until > now())),
               p.customer_id
        from mask_pools p where $1::text is null or p.customer_id = $1 order by p.name
        """;

    // Who was behind the number when the call began, whoever is now: masks and sessions that ended are kept. Some
    // switches tell whole seconds only. Masks that are and masks that were have an index each.
    private string CallsSql =>
        $$"""
            with page as (
                select * from {{CallsOf("$2")}} as c where seq < $3 and ($1::text is null or to_number = $1)
                order by seq desc limit $4
            )
            select seq, call_id, from_number, to_number, hangup_cause, started_at, answered_at, ended_at,
                   duration_seconds,
                   (select real from (
                        select m.real, m.created_at, m.ended_at, m.expires_at from (
                            select * from masks where shown = to_number::bigint and ended_at is null
                            union all select * from masks where shown = to_number::bigint and ended_at is not null
                        ) as m
                        where m.created_at <= page.ended_at + interval '1 second'
                          and ($2::text is null or m.customer_id = $2)
                        union all
                        select case when s.a = caller then s.b else s.a end, s.created_at, s.ended_at, s.expires_at
                        from mask_sessions s
                        where s.shown = to_number::bigint and caller in (s.a, s.b)
                          and s.created_at <= page.ended_at + interval '1 second'
                          and ($2::text is null or s.customer_id = $2)
                    ) as behind
                    where least(coalesce(behind.ended_at, 'infinity'), coalesce(behind.expires_at, 'infinity'))
                          >= page.started_at
                    order by behind.created_at limit 1)
            from page, lateral (
                select case when from_number ~ '^\+[0-9]{7,15}$' then from_number::bigint end as caller
            ) as who
            order by seq desc
            """;

    public Task<Mask?> Find(long id, CancellationToken cancellation) =>
        Select.One<Mask?>(
            database,
            $"select {Columns} from masks where mask_id = $1 and ($2::text is null or customer_id = $2)",
            Read,
            cancellation,
            id,
            Customer
        );

    public Task<Page<Mask>> List(MaskFilter filter, PageRequest page, CancellationToken cancellation)
    {
        var customer = Customer ?? filter.Customer?.Value;
        object?[] common = [filter.Pool, filter.Active, filter.ImportId, customer];
        var (sql, values) = filter.Number is { } number
            ? (OfNumberSql, [.. common, MaskMirror.Number(number), filter.ByShownOnly])
            : (ListSql(customer), common);
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

    private Task<NpgsqlDataReader> Begin(NpgsqlDataSource source, CancellationToken cancellation) =>
        Select.Guarded(async () =>
        {
            var sql = $"select {Columns} from masks where ended_at is null and {Of(Customer, "$1")} order by mask_id";
            var connection = await source.OpenConnectionAsync(cancellation);
            try
            {
                await using var command = new NpgsqlCommand(sql, connection);
                Select.Fill(command, [Customer]);
                return await command.ExecuteReaderAsync(CommandBehavior.CloseConnection, cancellation);
            }
            catch
            {
                await connection.DisposeAsync();
                throw;
            }
        });

    public Task<MaskPool[]> Pools(CancellationToken cancellation) =>
        Select.All(database, PoolsSql, ReadPool, cancellation, Customer);

    private static MaskPool ReadPool(NpgsqlDataReader row)
    {
        var (from, to) = (row.GetInt64(1), row.GetInt64(2));
        var size = to - from + 1;
        return new(
            row.GetString(0),
            MaskMirror.Digits(from),
            MaskMirror.Digits(to),
            size,
            size - row.GetInt64(3),
            CustomerOf(row, 4)
        );
    }

    public Task<Page<MaskedCall>> Calls(Msisdn? shown, PageRequest page, CancellationToken cancellation) =>
        replica.Read(
            source => Select.Page(source, CallsSql, page, ReadCall, cancellation, shown?.ToString(), Customer),
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

    /// <summary>The calls that are seen here, to select from.</summary>
    /// <param name="customer">The parameter that a customer is in.</param>
    private string CallsOf(string customer) =>
        Customer is null ? "mask_calls" : $"(select * from customer_mask_calls where customer_id = {customer})";

    private static Mask Read(NpgsqlDataReader row) => Read(row, 0);

    private static Mask Read(NpgsqlDataReader row, int first) =>
        new(
            row.GetInt64(first),
            MaskMirror.Digits(row.GetInt64(first + 1)),
            MaskMirror.Digits(row.GetInt64(first + 2)),
            row.Text(first + 3),
            row.Text(first + 4),
            row.GetFieldValue<DateTimeOffset>(first + 5),
            row.Maybe<DateTimeOffset>(first + 6),
            row.Maybe<DateTimeOffset>(first + 7),
            row.Text(first + 8),
            row.Maybe<DateTimeOffset>(first + 9),
            row.Maybe<int>(first + 10),
            row.GetInt32(first + 11),
            row.IsDBNull(first + 12) ? null : [.. row.GetFieldValue<long[]>(first + 12).Select(MaskMirror.Digits)],
            CustomerOf(row, first + 13),
            row.GetFieldValue<DateTimeOffset>(first + 14)
        );

    private static CustomerId? CustomerOf(NpgsqlDataReader row, int column) =>
        row.Text(column) is { } id ? new CustomerId(id) : null;
}
