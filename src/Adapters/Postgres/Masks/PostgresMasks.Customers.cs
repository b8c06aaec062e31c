using IotOrleans.Access;
using IotOrleans.Postgres;
using IotOrleans.Subscribers;
using Npgsql;

namespace IotOrleans.Masks;

/// <summary>
/// Whose is what. A shown number is its pool's owner's, and so is everything that happens through it: a pool of a
/// customer overlaps no other, and when it is made nobody else has a number of it in use.
/// </summary>
public sealed partial class PostgresMasks
{
    /// <summary>A pool whose numbers owner $3 cannot have as real ones.</summary>
    private const string OfAnother = "and customer_id is distinct from $3";

    private const string OwnerOfPool = "select customer_id from mask_pools where name = $1";

    /// <summary>The customer whose pool a shown number (of a column n) lies in; null is the house.</summary>
    internal const string OwnerOfNumber = """
        (select case when near.to_shown >= n then near.customer_id end from (
            select customer_id, to_shown from mask_pools where customer_id is not null and from_shown <= n
            order by from_shown desc limit 1) near)
        """;

    private const string OwnerOfShown = $"select {OwnerOfNumber} from (select $1::bigint as n) one";

    private const string PoolTrouble = """
        select case
            when exists (select from mask_pools where name = $1 and from_shown = $2 and to_shown = $3
                         and customer_id is not distinct from $4) then 'same'
            when exists (select from mask_pools where name = $1) then 'other'
            when exists (select from mask_pools where from_shown <= $3 and to_shown >= $2
                         and (customer_id is not null or $4::text is not null))
                then 'overlaps the pool ' || (select name from mask_pools where from_shown <= $3 and to_shown >= $2
                         and (customer_id is not null or $4::text is not null) limit 1)
            when exists (select from masks where shown between $2 and $3 and customer_id is distinct from $4
                         and (ended_at is null or rests_until > now()))
              or exists (select from masks where real between $2 and $3 and customer_id is distinct from $4
                         and ended_at is null)
              or exists (select from mask_sessions where shown between $2 and $3 and customer_id is distinct from $4
                         and ended_at is null)
                then 'numbers of the range are in use, or rest'
        end
        """;

    private const string InsertPool =
        "insert into mask_pools (name, from_shown, to_shown, customer_id) values ($1, $2, $3, $4)";

    /// <summary>Who sees this; null sees all.</summary>
    private string? Customer { get; init; }

    // Two statements, not one for both: the database may plan one for good, and the house's goes by another index.
    private static string Of(string? customer, string parameter) =>
        customer is null ? $"{parameter}::text is null" : $"customer_id = {parameter}";

    public IMaskStore For(CustomerId? customer) =>
        customer is { } id ? new PostgresMasks(database, replica, options, clock) { Customer = id.Value } : this;

    public Task<long> Count(CancellationToken cancellation) =>
        Select.One(
            database,
            $"select count(*) from masks where ended_at is null and {Of(Customer, "$1")}",
            row => row.GetInt64(0),
            cancellation,
            Customer
        );

    public Task<MaskAnswer<PoolDraft>> AddPool(PoolDraft draft, CancellationToken cancellation) =>
        Writing<MaskAnswer<PoolDraft>>(
            async connection =>
            {
                var (from, to) = (MaskMirror.Number(draft.From), MaskMirror.Number(draft.To));
                object?[] values = [draft.Name, from, to, draft.CustomerId?.Value];
                switch (await Text(connection, PoolTrouble, cancellation, values))
                {
                    case "same":
                        return new(Refusal.AlreadyDone, draft);
                    case "other":
                        return new(Refusal.Conflict, null);
                    case { } trouble:
                        return new(Refusal.Conflict, null, trouble);
                }
                await using var insert = Command(connection, InsertPool, values);
                await insert.ExecuteNonQueryAsync(cancellation);
                return new(Refusal.None, draft);
            },
            cancellation
        );

    /// <summary>Whose a mask with this shown number, or with one of this pool, will be.</summary>
    /// <returns>Not mine: a customer chose a number that is not its own, whether somebody has it or not.</returns>
    private async Task<(string? Owner, bool IsMine)> OwnerOf(
        NpgsqlConnection connection,
        Msisdn? shown,
        string? pool,
        CancellationToken cancellation
    )
    {
        // Of a pool that is another's, a customer gets no number, as of one that does not exist.
        if (shown is null && Customer is not null)
            return (Customer, true);
        var owner = shown is { } number
            ? await Text(connection, OwnerOfShown, cancellation, MaskMirror.Number(number))
            : await Text(connection, OwnerOfPool, cancellation, pool);
        return (owner, Customer is null || owner == Customer);
    }
}
