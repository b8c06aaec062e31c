using IotOrleans.Postgres;
using Npgsql;

namespace IotOrleans.Masks;

/// <summary>Judging the lines that were kept, and making masks of them.</summary>
public sealed partial class PostgresMaskImports
{
    // Which of the lines cannot be masks, and why; the first reason that fits. A line without a shown number is to get
    // one from the pool, unless its real number has one. What is not the asking customer's is told first and apart, or
    // he would learn what others have; of real numbers only those of the same owner count.
    private const string Judge = $"""
        create temp table mask_verdicts on commit drop as
        select r.line, r.real, r.shown, r.expires_at, r.note, null::text as pool, r.owner,
            case
                when r.asker is not null and r.owner is distinct from r.asker
                    then 'the shown number is in none of your pools'
                when s.real = r.real or (r.shown is null and m.real is not null) then 'same'
                when r.shown is not null and r.nth_shown > 1 then 'the shown number stands in an earlier line'
                when r.nth_real > 1 then 'the real number stands in an earlier line'
                when s.real is not null or e.shown is not null then 'the shown number is taken'
                when m.real is not null then 'the real number has a mask'
                when q.shown is not null then 'the shown number rests'
                when c.real is not null or d.shown is not null or f.real is not null or g.shown is not null
                    or r.real_owner <> coalesce(r.owner, '') or (r.owner is not null and exists (
                        select from mask_pools p
                        where p.customer_id is null and r.real between p.from_shown and p.to_shown))
                    then 'a number cannot be real and shown at once'
            end as problem
        from (
            select line, real, shown, expires_at, note, asker, owner, real_owner,
                row_number() over (partition by shown order by line) as nth_shown,
                row_number() over (partition by real, owner order by line) as nth_real
            from (
                select l.*, i.customer_id as asker,
                    case when l.shown is null then (select p.customer_id from mask_pools p where p.name = i.pool)
                         when exists (select from customers)
                         then (select {PostgresMasks.OwnerOfNumber} from (select l.shown as n) one)
                    end as owner,
                    case when exists (select from customers)
                         then (select {PostgresMasks.OwnerOfNumber} from (select l.real as n) one)
                    end as real_owner
                from mask_import_rows l join mask_imports i using (import_id)
                where import_id = $1 and ($2::bigint[] is null or line = any($2))
            ) owned
        ) r
        left join masks s on s.shown = r.shown and s.ended_at is null
        left join masks m
            on m.real = r.real and m.ended_at is null and m.customer_id is not distinct from r.owner
        left join (select distinct shown from mask_sessions where ended_at is null) e on e.shown = r.shown
        left join (select distinct shown from masks where ended_at is not null and rests_until > now()) q
            on q.shown = r.shown
        left join masks c
            on c.real = r.shown and c.ended_at is null and c.customer_id is not distinct from r.owner
        left join masks d
            on d.shown = r.real and d.ended_at is null and d.customer_id is not distinct from r.owner
        left join (select distinct real from mask_import_rows where import_id = $1) f on f.real = r.shown
        left join (select distinct shown from mask_import_rows where import_id = $1) g on g.shown = r.real
        """;

    // What an earlier look at the same lines said: it is judged anew.
    private const string Forget = """
        delete from mask_import_rejects j using mask_import_rows r
        where j.import_id = $1 and r.import_id = $1 and r.line = j.line
        """;

    private const string Reject = """
        insert into mask_import_rejects (import_id, line, reason, text)
        select $1, line, problem, concat_ws(',', '+' || real, '+' || shown) from mask_verdicts
        where problem <> 'same' order by line limit $2
        """;

    private const string Wanting = """
        select (select pool from mask_imports where import_id = $1),
               (select count(*) from mask_verdicts where problem is null and shown is null)
        """;

    // The lines without a shown number, in their order, take the free numbers of the pool in theirs.
    private const string Give = $"""
        with free as (
            select n, row_number() over () as nth from (
                {PostgresMasks.FreeNumbers}
                  and not exists (select from mask_verdicts v where v.real = n)
                  and not exists (select from mask_verdicts v where v.shown = n)
                limit $2
            ) f
        ), wanting as (
            select line, row_number() over (order by line) as nth from mask_verdicts
            where problem is null and shown is null
        )
        update mask_verdicts v set shown = free.n, pool = $1
        from free join wanting using (nth) where v.line = wanting.line
        """;

    private const string MakeMasks = """
        insert into masks (real, shown, pool, expires_at, note, customer_id, import_id)
        select real, shown, pool, expires_at, note, owner, $1 from mask_verdicts where problem is null order by line
        """;

    private const string Count = """
        with counted as (
            select count(*) filter (where problem is null) as made, count(*) filter (where problem = 'same') as same,
                   count(*) filter (where problem <> 'same') as refused
            from mask_verdicts
        )
        update mask_imports i set accepted = made, unchanged = same, updated_at = now(),
            rejected = rows - (select count(*) from mask_import_rows r where r.import_id = $1) + refused
        from counted where i.import_id = $1
        """;

    private const string Claim = """
        update mask_imports set status = 'applying', updated_at = now()
        where import_id = $1 and status = 'ready' and ($2::text is null or customer_id = $2)
        """;

    public async Task<MaskAnswer<MaskImport>> Apply(Guid id, long[]? lines, CancellationToken cancellation)
    {
        if (await Select.Run(database, Claim, cancellation, id, Customer) == 0)
        {
            return await Find(id, cancellation) is { } known
                ? new(Refusal.Conflict, known, $"The import is {known.Status}.")
                : new(Refusal.NotFound, null);
        }
        try
        {
            if (await Select.Guarded(() => Make(id, lines)) is { } shortage)
            {
                await Select.Run(database, Status, CancellationToken.None, id, "ready", shortage);
                return new(Refusal.Conflict, await Find(id, cancellation), shortage);
            }
        }
        catch
        {
            // Nothing of it is there: it may be tried again.
            await Select.Run(database, Status, CancellationToken.None, id, "ready", "it was interrupted");
            throw;
        }
        return new(Refusal.None, await Find(id, cancellation));
    }

    /// <returns>What the pool lacks; then nothing is made.</returns>
    private async Task<string?> Make(Guid id, long[]? lines)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        if (await JudgeLines(connection, id, lines) is { } shortage)
            return shortage;
        await Run(connection, MakeMasks, id);
        await Run(connection, Status, id, "applied", null);
        await Run(connection, "delete from mask_import_rows where import_id = $1", id);
        await transaction.CommitAsync();
        await replica.Wrote();
        return null;
    }

    /// <summary>Parts the lines that can be masks from those that cannot, and gives out free numbers.</summary>
    /// <returns>What the pool lacks.</returns>
    private static async Task<string?> JudgeLines(NpgsqlConnection connection, Guid id, long[]? lines)
    {
        await Run(connection, "set local work_mem = '128MB'");
        await Run(connection, PostgresMasks.Lock);
        // Of rows of a moment ago nothing is known: they would be taken for few, and each compared with each.
        await Run(connection, "analyze mask_import_rows");
        await Run(connection, Judge, id, lines);
        await Run(connection, "analyze mask_verdicts");
        await Run(connection, Forget, id);
        await Run(connection, Reject, id, (long)MaskImport.RejectsMax);
        await Run(connection, Count, id);
        var (pool, needed) = await Wanted(connection, id);
        var given = needed == 0 ? 0 : await Run(connection, Give, pool, needed);
        return given == needed ? null : $"Pool {pool} has {given} free numbers, and {needed} are needed.";
    }

    private static async Task<(string? Pool, long Lines)> Wanted(NpgsqlConnection connection, Guid id)
    {
        await using var command = Command(connection, Wanting, id);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.Text(0), reader.GetInt64(1));
    }

    private static async Task<int> Run(NpgsqlConnection connection, string sql, params object?[] values)
    {
        await using var command = Command(connection, sql, values);
        return await command.ExecuteNonQueryAsync();
    }
}
