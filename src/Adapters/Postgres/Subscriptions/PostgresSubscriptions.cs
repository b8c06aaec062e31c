using IotOrleans.Access;
using IotOrleans.Postgres;
using IotOrleans.Subscribers;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IotOrleans.Subscriptions;

/// <summary>Subscriptions in PostgreSQL.</summary>
public sealed class PostgresSubscriptions(NpgsqlDataSource database, IOptions<SealingOptions> sealing)
    : ISubscriptionStore
{
    private const string Columns =
        "s.seq, s.subscription_id, s.owner, s.is_partner, s.url, s.event_types, s.msisdn, s.created_at";

    private const string AddSql = """
        insert into subscriptions (subscription_id, owner, is_partner, url, event_types, msisdn, sealed, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (subscription_id) do nothing
        """;

    private const string ListSql = $"""
        select {Columns} from subscriptions s
        where ($1::text is null or s.owner = $1) and s.seq < $2 order by s.seq desc limit $3
        """;

    // What a partner may see is what he may see today: a key that was taken away hears nothing.
    private const string ActiveSql = $"""
        select {Columns},
               case when not s.is_partner then null else coalesce(
                   (select subscribers from api_keys where key_id = s.owner and revoked_at is null),
                   (select subscribers from users where username = s.owner and active), array[]::text[]) end,
               (select count(*) from postings p where p.subscription_id = s.subscription_id and p.due_at is not null)
        from subscriptions s
        """;

    private const string OpenSql = $"select {Columns}, s.sealed from subscriptions s where s.subscription_id = $1";

    private readonly SealingKey _key = new(database, sealing);

    public async Task<bool> Add(Subscription subscription, string secret, CancellationToken cancellation) =>
        await Select.Run(
            database,
            AddSql,
            cancellation,
            subscription.SubscriptionId,
            subscription.Owner,
            subscription.IsPartner,
            subscription.Url,
            subscription.EventTypes,
            subscription.Msisdn?.Digits,
            Sealing.Close(await _key.Read(), subscription.Reader, secret),
            subscription.CreatedAt
        ) == 1;

    public Task<Page<Subscription>> List(string? owner, PageRequest page, CancellationToken cancellation) =>
        Select.Page(database, ListSql, page, Read, cancellation, owner);

    public Task<ActiveSubscription?> Find(Guid id, CancellationToken cancellation) =>
        Select.One<ActiveSubscription?>(
            database,
            ActiveSql + " where s.subscription_id = $1",
            ReadActive,
            cancellation,
            id
        );

    public async Task<(Subscription Subscription, string Secret)?> Open(Guid id, CancellationToken cancellation)
    {
        var key = await _key.Read();
        return await Select.One<(Subscription, string)?>(
            database,
            OpenSql,
            row => (Read(row), Sealing.Open(key, Read(row).Reader, row.GetFieldValue<byte[]>(8))),
            cancellation,
            id
        );
    }

    public async Task<int> Count(string owner, CancellationToken cancellation) =>
        (int)
            await Select.One<long>(
                database,
                "select count(*) from subscriptions where owner = $1",
                row => row.GetInt64(0),
                cancellation,
                owner
            );

    public async Task<bool> Remove(Guid id, CancellationToken cancellation) =>
        await Select.Run(database, "delete from subscriptions where subscription_id = $1", cancellation, id) == 1;

    public Task<ActiveSubscription[]> Active(CancellationToken cancellation) =>
        Select.Guarded(async () =>
        {
            await using var command = Select.Command(database, ActiveSql, []);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            var found = new List<ActiveSubscription>();
            while (await reader.ReadAsync(cancellation))
                found.Add(ReadActive(reader));
            return found.ToArray();
        });

    private static ActiveSubscription ReadActive(NpgsqlDataReader row)
    {
        var subscription = Read(row);
        Msisdn[]? seen = row.IsDBNull(8) ? null : [.. row.GetFieldValue<string[]>(8).Select(one => new Msisdn(one))];
        Msisdn[]? numbers =
            subscription.Msisdn is not { } only ? seen
            : seen is null || Array.IndexOf(seen, only) >= 0 ? [only]
            : [];
        return new(subscription, numbers, (int)row.GetInt64(9));
    }

    private static Subscription Read(NpgsqlDataReader row) =>
        new(
            row.GetGuid(1),
            row.GetString(2),
            row.GetBoolean(3),
            row.GetString(4),
            row.GetFieldValue<string[]>(5),
            row.Text(6) is { } number ? new(number) : null,
            row.GetFieldValue<DateTimeOffset>(7)
        );
}
