using IotOrleans.Postgres;
using Npgsql;

namespace IotOrleans.Alerts;

/// <summary>Outages in PostgreSQL.</summary>
public sealed class PostgresOutages(NpgsqlDataSource database) : IOutageBook
{
    private const string BeginSql =
        "insert into outages (part, began_at, detail) values ($1, $2, $3) on conflict (part) do nothing";

    // A call that a switch has been given is on its way; before, its leg is marked by nothing but its being due.
    private const string HeldSql = """
        select count(distinct incident_id) from calls
        where due_at is not null and direction = 'outbound' and phase = 'originating' and incident_id is not null
          and state #>> '{order,ordered_at}' is null
        """;

    public async Task<bool> Begin(Outage outage) =>
        await Select.Run(database, BeginSql, CancellationToken.None, outage.Part, outage.Since, outage.Detail) == 1;

    public async Task<bool> End(string part) =>
        await Select.Run(database, "delete from outages where part = $1", CancellationToken.None, part) == 1;

    public Task<Outage[]> Open() =>
        Select.Guarded(async () =>
        {
            await using var command = Select.Command(database, "select part, began_at, detail from outages", []);
            await using var reader = await command.ExecuteReaderAsync();
            var open = new List<Outage>();
            while (await reader.ReadAsync())
                open.Add(new(reader.GetString(0), reader.GetFieldValue<DateTimeOffset>(1), reader.Text(2)));
            return open.ToArray();
        });

    public Task<long> HeldIncidents() => Select.One(database, HeldSql, row => row.GetInt64(0), CancellationToken.None);
}
