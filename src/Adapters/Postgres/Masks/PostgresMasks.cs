using IotOrleans.Postgres;
using IotOrleans.Subscribers;
using Npgsql;

namespace IotOrleans.Masks;

/// <summary>
/// Masks in PostgreSQL. Who writes holds one lock of the database: versions then grow in the order of commits, and no
/// two writers can make a number real and shown at once.
/// </summary>
/// <param name="replica">Where lists, files and figures are read.</param>
public sealed partial class PostgresMasks(
    NpgsqlDataSource database,
    Replica replica,
    MaskOptions options,
    TimeProvider clock
) : IMaskStore
{
    internal const string Columns = """
        mask_id, real, shown, pool, note, created_at, expires_at, ended_at, end_reason, rests_until, calls_max,
        calls_used, blocked, customer_id,
        coalesce(updated_at, greatest(created_at, ended_at)) as updated_at
        """;

    // "mask" in ASCII; it only has to differ from other locks.
    internal const string Lock = "select pg_advisory_xact_lock(1835103083)";

    // Of real numbers only those of the same owner ($3) count: of others nothing is to be learnt here.
    private const string Trouble = $"""
        select case
            when exists (select from masks where shown = $2 and real = $1 and ended_at is null) then 'same'
            when exists (select from masks where shown = $2 and ended_at is null)
              or exists (select from mask_sessions where shown = $2 and ended_at is null)
                then 'the shown number is taken'
            when exists (select from masks where real = $1 and ended_at is null and customer_id is not distinct from $3)
                then 'the real number has a mask'
            when exists (select from masks where shown = $2 and ended_at is not null and rests_until > now())
                then 'the shown number rests'
            when exists (select from masks where real = $2 and ended_at is null and customer_id is not distinct from $3)
              or exists (select from masks
                         where shown = $1 and ended_at is null and customer_id is not distinct from $3)
              or exists (select from mask_pools where $1 between from_shown and to_shown {OfAnother})
                then 'a number cannot be real and shown at once'
        end
        """;

    private const string Insert = $"""
        insert into masks (real, shown, pool, note, expires_at, calls_max, blocked, customer_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8) returning {Columns}
        """;

    /// <summary>The numbers of pool $1 that may be given out; conditions and a limit may follow.</summary>
    internal const string FreeNumbers = """
        select n from mask_pools p, generate_series(p.from_shown, p.to_shown) as n
        where p.name = $1
          and not exists (select from masks m where m.shown = n and m.ended_at is null)
          and not exists (select from masks m where m.shown = n and m.ended_at is not null and m.rests_until > now())
          and not exists (select from masks m where m.real = n and m.ended_at is null)
          and not exists (select from mask_sessions s where s.shown = n and s.ended_at is null)
        """;

    private const string Free = $"""
        {FreeNumbers} and n <> all($2) and ($4::text is null or p.customer_id = $4) limit $3
        """;

    private const string End = $"""
        update masks set ended_at = now(), end_reason = $2, rests_until = now() + $3 * interval '1 second'
        where mask_id = $1 and ended_at is null and ($4::text is null or customer_id = $4)
        returning {Columns}, version
        """;

    private const string Alter = $"""
        update masks set note = coalesce($2, note), expires_at = coalesce($3, expires_at),
            calls_max = coalesce($4, calls_max), blocked = coalesce($5, blocked)
        where mask_id = $1 and ended_at is null and ($6::text is null or customer_id = $6) returning {Columns}
        """;

    public Task<MaskAnswer<Mask>> Create(MaskDraft draft, CancellationToken cancellation) =>
        Writing<MaskAnswer<Mask>>(
            async connection =>
            {
                var (owner, isMine) = await OwnerOf(connection, draft.Shown, draft.Pool, cancellation);
                if (!isMine)
                    return new(Refusal.UnknownReference, null);
                if (draft.Shown is null && await ActiveOf(connection, draft.Real, owner, cancellation) is { } known)
                    return new(Refusal.AlreadyDone, known);
                var shown = draft.Shown is { } chosen
                    ? MaskMirror.Number(chosen)
                    : (await FreeOf(connection, draft.Pool!, [MaskMirror.Number(draft.Real)], 1, cancellation))
                        .Cast<long?>()
                        .FirstOrDefault();
                if (shown is not { } number)
                    return new(Refusal.LimitReached, null, $"Pool {draft.Pool} has no free number.");
                var real = MaskMirror.Number(draft.Real);
                var trouble = await Text(connection, Trouble, cancellation, real, number, owner);
                if (trouble == "same")
                    return new(Refusal.AlreadyDone, await ActiveOf(connection, draft.Real, owner, cancellation));
                if (trouble is not null)
                    return new(Refusal.Conflict, null, trouble);
                return new(Refusal.None, await Put(connection, draft, real, number, owner, cancellation));
            },
            cancellation
        );

    public Task<MaskAnswer<Mask[]>> Generate(
        string pool,
        Msisdn[] reals,
        DateTimeOffset? expiresAt,
        CancellationToken cancellation
    ) =>
        Writing<MaskAnswer<Mask[]>>(
            async connection =>
            {
                var (owner, _) = await OwnerOf(connection, null, pool, cancellation);
                var masks = new Dictionary<Msisdn, Mask>();
                foreach (var real in reals.Distinct())
                {
                    if (await ActiveOf(connection, real, owner, cancellation) is { } known)
                        masks[real] = known;
                }
                Msisdn[] missing = [.. reals.Distinct().Where(real => !masks.ContainsKey(real))];
                long[] numbers = [.. missing.Select(MaskMirror.Number)];
                var free = await FreeOf(connection, pool, numbers, missing.Length, cancellation);
                // Known before anything is written: all of them or none.
                if (free.Count < missing.Length)
                {
                    var words = $"Pool {pool} has {free.Count} free numbers, and {missing.Length} are needed.";
                    return new(Refusal.LimitReached, null, words);
                }
                for (var index = 0; index < missing.Length; index++)
                {
                    var trouble = await Text(connection, Trouble, cancellation, numbers[index], free[index], owner);
                    if (trouble is not null)
                        return new(Refusal.Conflict, null, $"{missing[index]}: {trouble}");
                    var draft = new MaskDraft(missing[index], null, pool, null, expiresAt, null, null);
                    masks[missing[index]] = await Put(
                        connection,
                        draft,
                        numbers[index],
                        free[index],
                        owner,
                        cancellation
                    );
                }
                return new(Refusal.None, [.. reals.Distinct().Select(real => masks[real])]);
            },
            cancellation
        );

    public Task<MaskAnswer<Mask>> Change(long id, MaskChange change, CancellationToken cancellation) =>
        Writing<MaskAnswer<Mask>>(
            async connection =>
            {
                object?[] values =
                [
                    id,
                    change.Note,
                    change.ExpiresAt,
                    change.CallsMax,
                    change.Blocked?.Select(MaskMirror.Number).ToArray(),
                    Customer,
                ];
                var mask = await One(connection, Alter, Read, cancellation, values);
                return mask is null ? new(Refusal.NotFound, null) : new(Refusal.None, mask);
            },
            cancellation
        );

    public async Task<MaskAnswer<Mask>> Release(long id, string reason, CancellationToken cancellation)
    {
        var (mask, version) = await Writing(
            connection =>
                One<(Mask?, long)>(
                    connection,
                    End,
                    row => (Read(row), VersionOf(row)),
                    cancellation,
                    id,
                    reason,
                    options.QuarantineHours * 3600L,
                    Customer
                ),
            cancellation
        );
        if (mask is not null)
            return new(Refusal.None, mask, Pending: await Heard(version, cancellation));
        return await Find(id, cancellation) is { } ended
            ? new(Refusal.AlreadyDone, ended)
            : new(Refusal.NotFound, null);
    }

    public async Task<bool> TakeCall(CallCount count, CancellationToken cancellation)
    {
        var (table, key) = count.IsSession ? ("mask_sessions", "session_id") : ("masks", "mask_id");
        var sql =
            $"update {table} set calls_used = calls_used + 1 where {key} = $1 and ended_at is null "
            + "and (calls_max is null or calls_used < calls_max)";
        var taken = await Select.Guarded(() => Select.Run(database, sql, cancellation, count.Id)) == 1;
        await replica.Wrote();
        return taken;
    }

    private static async Task<Mask> Put(
        NpgsqlConnection connection,
        MaskDraft draft,
        long real,
        long shown,
        string? owner,
        CancellationToken cancellation
    )
    {
        object?[] values =
        [
            real,
            shown,
            draft.Pool,
            draft.Note,
            draft.ExpiresAt,
            draft.CallsMax,
            draft.Blocked?.Select(MaskMirror.Number).ToArray(),
            owner,
        ];
        return (await One(connection, Insert, Read, cancellation, values))!;
    }

    private async Task<List<long>> FreeOf(
        NpgsqlConnection connection,
        string pool,
        long[] notThese,
        int count,
        CancellationToken cancellation
    )
    {
        await using var command = Command(connection, Free, pool, notThese, (long)count, Customer);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var free = new List<long>(count);
        while (await reader.ReadAsync(cancellation))
            free.Add(reader.GetInt64(0));
        return free;
    }

    private static async Task<Mask?> ActiveOf(
        NpgsqlConnection connection,
        Msisdn real,
        string? owner,
        CancellationToken cancellation
    )
    {
        var sql =
            $"select {Columns} from masks where real = $1 and ended_at is null and customer_id is not distinct from $2";
        return await One<Mask?>(connection, sql, Read, cancellation, MaskMirror.Number(real), owner);
    }
}
