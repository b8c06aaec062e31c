using System.Text.Json;
using IotOrleans.Incidents;
using IotOrleans.Journal;
using IotOrleans.Postgres;
using IotOrleans.Subscribers;
using Npgsql;

namespace IotOrleans.Postings;

/// <summary>Postings in PostgreSQL, for the grains that own them and for screens.</summary>
public sealed class PostgresPostings(NpgsqlDataSource database) : IPostingBook, IPostingLists
{
    private const string SaveSql = """
        insert into postings (posting_id, kind, target, sender, status, incident_id, created_at, due_at, version, state,
                              subscription_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::json, $11)
        on conflict (posting_id) do update
            set status = excluded.status, due_at = excluded.due_at, version = excluded.version, state = excluded.state
            where postings.version = excluded.version - 1
        """;

    private const string DueSql = "select posting_id from postings where due_at <= $1 order by due_at limit $2";

    private const string AskedSql = """
        select incident_id from postings
        where target = $1 and kind = 'sms' and incident_id is not null and created_at >= $2
        order by seq desc limit 1
        """;

    public async Task Save(Posting posting)
    {
        var written = await Select.Run(
            database,
            SaveSql,
            CancellationToken.None,
            posting.PostingId,
            Rows.Word(posting.Order.Kind),
            posting.Order.Target,
            posting.Order.From,
            Rows.Word(posting.Status),
            posting.Order.IncidentId?.Value,
            posting.CreatedAt,
            posting.DueAt,
            posting.Version,
            JsonSerializer.Serialize(posting, GrainStateJson.Options),
            posting.Order.SubscriptionId
        );
        if (written == 0)
            throw new StaleOwnerException();
    }

    public Task<Posting?> Read(Guid id) =>
        Select.One<Posting?>(
            database,
            "select seq, state from postings where posting_id = $1",
            Read,
            CancellationToken.None,
            id
        );

    public Task<Guid[]> ReadDue(DateTimeOffset now, int limit) =>
        Select.Guarded(async () =>
        {
            await using var command = Select.Command(database, DueSql, [now, (long)limit]);
            await using var reader = await command.ExecuteReaderAsync();
            var due = new List<Guid>();
            while (await reader.ReadAsync())
                due.Add(reader.GetGuid(0));
            return due.ToArray();
        });

    public async Task<IncidentId?> LastAsked(Msisdn number, DateTimeOffset since) =>
        await Select.One<Guid?>(
            database,
            AskedSql,
            row => row.GetGuid(0),
            CancellationToken.None,
            number.ToString(),
            since
        )
            is { } id
            ? new(id)
            : null;

    public Task<Page<Posting>> List(PostingFilter filter, PageRequest page, CancellationToken cancellation)
    {
        var rows = new Listing("postings", "seq, state");
        if (filter.Number is { } number)
            rows = rows.Among("select ?::text as key", number.ToString(), "target", "sender");
        return rows.Where(filter.Sms is { } sms ? $"kind {(sms ? "in" : "not in")} ('sms', 'incoming_sms')" : null)
            .Where(filter.Failed ? "status in ('failed', 'unknown')" : null)
            .Where("(target = any(?) or sender = any(?))", filter.Subscribers?.Select(one => one.ToString()).ToArray())
            .Read(database, page, Read, cancellation);
    }

    private static Posting Read(NpgsqlDataReader row) =>
        JsonSerializer.Deserialize<Posting>(row.GetString(1), GrainStateJson.Options)!;
}
