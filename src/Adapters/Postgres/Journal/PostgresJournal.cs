using System.Runtime.CompilerServices;
using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Incidents;
using IotOrleans.Postgres;
using IotOrleans.Rules;
using Npgsql;

namespace IotOrleans.Journal;

/// <summary>The journal in PostgreSQL: one group commit for writes, plain selects for reads.</summary>
public sealed class PostgresJournal(NpgsqlDataSource database, GroupCommit commit) : IJournal
{
    private const string IncidentById = "select state, version, incident_id from incidents where incident_id = $1";

    private const string IncidentsById =
        "select state, version, incident_id from incidents where incident_id = any($1)";

    private const string LegById = "select state, version, call_id from calls where call_id = $1";

    private const string LegsById = "select state, version, call_id from calls where call_id = any($1)";

    private const string LastOpenedOf =
        "select rule_id, max(opened_at) from incidents where device_id = $1 group by rule_id";

    private const string LastEdgesOf = """
        select distinct on (event_type) event_type, edge
        from (select event_type, edge, seq from events where device_id = $1 and edge is not null
              union all select event_type, edge, seq from last_edges where device_id = $1) as told
        order by event_type, seq desc
        """;

    private const string OverdueIncidents =
        "select incident_id from incidents where due_at <= $1 order by due_at limit $2";

    private const string OverdueLegs = "select call_id from calls where due_at <= $1 order by due_at limit $2";

    // Life-safety was accepted no earlier than all else, but the oldest have waited longest.
    private const string OpenIncidents = "select incident_id from incidents where due_at is not null order by due_at";

    // A leg that is not over always has a time at which somebody must look again.
    private const string LivingLegs = "select call_id from calls where due_at is not null order by due_at";

    private const string LegsOn = """
        select call_id from calls
        where due_at is not null and direction = 'outbound' and state ->> 'switch' = $1
        """;

    // After a start all that is open wakes at once.
    private readonly GatheredReads<Guid, StoredRow> _incidents = new(ids =>
        Select(database, IncidentById, IncidentsById, ids)
    );

    private readonly GatheredReads<Guid, StoredRow> _legs = new(ids => Select(database, LegById, LegsById, ids));

    private long _failedReads;

    public Task<JournalReply> Write(JournalEntry entry) => commit.Write(entry);

    public long FailedWrites => commit.Failures;

    public long FailedReads => Volatile.Read(ref _failedReads);

    public Task<Incident?> ReadIncident(IncidentId id) =>
        Guarded(async () => (await _incidents.Read(id.Value).ConfigureAwait(false))?.Incident());

    public Task<CallLeg?> ReadLeg(CallId id) =>
        Guarded(async () => (await _legs.Read(id.Value).ConfigureAwait(false))?.Leg());

    public Task<Dictionary<RuleId, DateTimeOffset>> LastOpened(DeviceId device) =>
        Guarded(async () =>
        {
            await using var command = database.CreateCommand(LastOpenedOf);
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = device.Value });
            await using var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
            var found = new Dictionary<RuleId, DateTimeOffset>();
            while (await reader.ReadAsync().ConfigureAwait(false))
            {
                found[new(reader.GetString(0))] = reader.GetFieldValue<DateTimeOffset>(1);
            }
            return found;
        });

    public Task<Dictionary<string, bool>> LastEdges(DeviceId device) =>
        Guarded(async () =>
        {
            await using var command = database.CreateCommand(LastEdgesOf);
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = device.Value });
            await using var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
            var found = new Dictionary<string, bool>();
            while (await reader.ReadAsync().ConfigureAwait(false))
                found[reader.GetString(0)] = reader.GetBoolean(1);
            return found;
        });

    public Task<Overdue> ReadOverdue(DateTimeOffset now, int limit) =>
        Guarded(async () =>
        {
            var incidents = await Ids(OverdueIncidents, now, limit).ConfigureAwait(false);
            var legs = await Ids(OverdueLegs, now, limit).ConfigureAwait(false);
            return new Overdue([.. incidents.Select(id => new IncidentId(id))], [.. legs.Select(id => new CallId(id))]);
        });

    public IAsyncEnumerable<IncidentId> ReadOpenIncidents(CancellationToken cancellation) =>
        All(OpenIncidents, id => new IncidentId(id), cancellation);

    public IAsyncEnumerable<CallId> ReadLivingLegs(CancellationToken cancellation) =>
        All(LivingLegs, id => new CallId(id), cancellation);

    public IAsyncEnumerable<CallId> ReadLegsOn(string @switch, CancellationToken cancellation) =>
        All(LegsOn, id => new CallId(id), cancellation, @switch);

    private async IAsyncEnumerable<T> All<T>(
        string sql,
        Func<Guid, T> name,
        [EnumeratorCancellation] CancellationToken cancellation,
        string? about = null
    )
    {
        var all = await Guarded(async () =>
            {
                var found = new List<Guid>();
                await using var command = database.CreateCommand(sql);
                if (about is not null)
                    command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = about });
                await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
                while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
                    found.Add(reader.GetGuid(0));
                return found;
            })
            .ConfigureAwait(false);
        foreach (var id in all)
            yield return name(id);
    }

    private static async Task<Dictionary<Guid, StoredRow>> Select(
        NpgsqlDataSource database,
        string one,
        string many,
        List<Guid> ids
    )
    {
        await using var command = database.CreateCommand(ids.Count == 1 ? one : many);
        command.Parameters.Add(
            ids.Count == 1
                ? new NpgsqlParameter<Guid> { TypedValue = ids[0] }
                : new NpgsqlParameter<Guid[]> { TypedValue = [.. ids] }
        );
        await using var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        var found = new Dictionary<Guid, StoredRow>(ids.Count);
        while (await reader.ReadAsync().ConfigureAwait(false))
            found[reader.GetGuid(2)] = new(reader.GetString(0), reader.GetInt32(1));
        return found;
    }

    private async Task<List<Guid>> Ids(string sql, DateTimeOffset now, int limit)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = now.UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        await using var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        var found = new List<Guid>();
        while (await reader.ReadAsync().ConfigureAwait(false))
            found.Add(reader.GetGuid(0));
        return found;
    }

    private async Task<T> Guarded<T>(Func<Task<T>> read)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (Exception trouble) when (DatabaseTrouble.Is(trouble))
        {
            Interlocked.Increment(ref _failedReads);
            throw new JournalUnavailableException("The journal cannot be read now.", trouble);
        }
    }
}
