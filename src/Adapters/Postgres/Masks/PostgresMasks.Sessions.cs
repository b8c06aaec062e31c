using IotOrleans.Postgres;
using Npgsql;

namespace IotOrleans.Masks;

/// <summary>Pairs behind one shown number. One number serves any number of pairs that have nobody in common.</summary>
public sealed partial class PostgresMasks
{
    private const string SessionColumns = """
        session_id, a, b, shown, pool, created_at, expires_at, ended_at, end_reason, calls_max, calls_used,
        customer_id, coalesce(updated_at, greatest(created_at, ended_at)) as updated_at
        """;

    private const string SamePair = $"""
        select {SessionColumns} from mask_sessions
        where ended_at is null and ((a = $1 and b = $2) or (a = $2 and b = $1))
          and customer_id is not distinct from $3 limit 1
        """;

    // The numbers that are used already come first: a number is worth more when it serves many pairs.
    private const string NumberForPair = """
        select n from mask_pools p, generate_series(p.from_shown, p.to_shown) as n
        where p.name = $1 and n <> $2 and n <> $3 and ($4::text is null or p.customer_id = $4)
          and not exists (select from masks m where m.shown = n and (m.ended_at is null or m.rests_until > now()))
          and not exists (select from masks m where m.real = n and m.ended_at is null)
          and not exists (select from mask_sessions s
                          where s.shown = n and s.ended_at is null and (s.a in ($2, $3) or s.b in ($2, $3)))
        limit 1
        """;

    private const string PairTrouble = """
        select case
            when exists (select from masks where shown = $3 and ended_at is null)
              or exists (select from masks where real = $3 and ended_at is null and customer_id is not distinct from $4)
                then 'the shown number is taken'
            when exists (select from masks where shown = $3 and ended_at is not null and rests_until > now())
                then 'the shown number rests'
            when exists (select from mask_sessions
                         where shown = $3 and ended_at is null and (a in ($1, $2) or b in ($1, $2)))
                then 'one of the two has another partner behind this number'
            when exists (select from mask_pools where customer_id is distinct from $4
                         and ($1 between from_shown and to_shown or $2 between from_shown and to_shown))
                then 'a number cannot be real and shown at once'
        end
        """;

    private const string InsertSession = $"""
        insert into mask_sessions (a, b, shown, pool, expires_at, calls_max, customer_id)
        values ($1, $2, $3, $4, $5, $6, $7) returning {SessionColumns}
        """;

    private const string EndSession = $"""
        update mask_sessions set ended_at = now(), end_reason = $2
        where session_id = $1 and ended_at is null and ($3::text is null or customer_id = $3)
        returning {SessionColumns}, version
        """;

    public Task<MaskAnswer<MaskSession>> Open(SessionDraft draft, CancellationToken cancellation) =>
        Writing<MaskAnswer<MaskSession>>(
            async connection =>
            {
                var (a, b) = (MaskMirror.Number(draft.A), MaskMirror.Number(draft.B));
                var (owner, isMine) = await OwnerOf(connection, draft.Shown, draft.Pool, cancellation);
                if (!isMine)
                    return new(Refusal.UnknownReference, null);
                if (await One(connection, SamePair, ReadSession, cancellation, a, b, owner) is { } known)
                    return new(Refusal.AlreadyDone, known);
                var shown = draft.Shown is { } chosen
                    ? MaskMirror.Number(chosen)
                    : await NumberFor(connection, draft.Pool!, a, b, cancellation);
                if (shown is not { } number)
                    return new(Refusal.LimitReached, null, $"Pool {draft.Pool} has no number free for both.");
                if (await Text(connection, PairTrouble, cancellation, a, b, number, owner) is { } trouble)
                    return new(Refusal.Conflict, null, trouble);
                object?[] values = [a, b, number, draft.Pool, draft.ExpiresAt, draft.CallsMax, owner];
                return new(Refusal.None, await One(connection, InsertSession, ReadSession, cancellation, values));
            },
            cancellation
        );

    public Task<MaskSession?> FindSession(long id, CancellationToken cancellation) =>
        Select.One<MaskSession?>(
            database,
            $"""
            select {SessionColumns} from mask_sessions where session_id = $1 and ($2::text is null or customer_id = $2)
            """,
            ReadSession,
            cancellation,
            id,
            Customer
        );

    public async Task<MaskAnswer<MaskSession>> Close(long id, string reason, CancellationToken cancellation)
    {
        var (session, version) = await Writing(
            connection =>
                One<(MaskSession?, long)>(
                    connection,
                    EndSession,
                    row => (ReadSession(row), VersionOf(row)),
                    cancellation,
                    id,
                    reason,
                    Customer
                ),
            cancellation
        );
        if (session is not null)
            return new(Refusal.None, session, Pending: await Heard(version, cancellation));
        return await FindSession(id, cancellation) is { } ended
            ? new(Refusal.AlreadyDone, ended)
            : new(Refusal.NotFound, null);
    }

    private async Task<long?> NumberFor(
        NpgsqlConnection connection,
        string pool,
        long a,
        long b,
        CancellationToken cancellation
    )
    {
        await using var command = Command(connection, NumberForPair, pool, a, b, Customer);
        return await command.ExecuteScalarAsync(cancellation) as long?;
    }

    private static MaskSession ReadSession(NpgsqlDataReader row) =>
        new(
            row.GetInt64(0),
            MaskMirror.Digits(row.GetInt64(1)),
            MaskMirror.Digits(row.GetInt64(2)),
            MaskMirror.Digits(row.GetInt64(3)),
            row.Text(4),
            row.GetFieldValue<DateTimeOffset>(5),
            row.Maybe<DateTimeOffset>(6),
            row.Maybe<DateTimeOffset>(7),
            row.Text(8),
            row.Maybe<int>(9),
            row.GetInt32(10),
            CustomerOf(row, 11),
            row.GetFieldValue<DateTimeOffset>(12)
        );
}
