using System.Threading.Channels;
using Npgsql;

namespace IotOrleans.Floor;

/// <summary>What waits while a commit is under way goes into the next one; the tables are the product's own.</summary>
internal sealed class OneCommit(NpgsqlDataSource database, SwitchLine? line)
{
    private const int BatchMax = 512;

    private const string Sql = """
        with n as (
            select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::uuid[])
                as n (event_id, device_id, event_type, payload, incident_id, call_id)
        ), e as (
            insert into events (event_id, device_id, event_type, msisdn, occurred_at, received_at, payload, incidents,
                                trace_id, derived)
            select event_id, device_id, event_type, '79160000010', now(), now(), payload::json, array[incident_id], '',
                   false
            from n on conflict (event_id, device_id) do nothing
            returning event_id, device_id
        ), i as (
            insert into incidents (incident_id, rule_id, event_id, device_id, event_type, msisdn, status, opened_at,
                                   due_at, version, state)
            select incident_id, 'fire', event_id, device_id, event_type, '79160000010', 'running', now(), now(), 1, '{}'
            from n join e using (event_id, device_id)
        ), c as (
            insert into calls (call_id, direction, from_number, to_number, phase, incident_id, started_at, due_at,
                               version, state)
            select call_id, 'outbound', '', '+79160000030', 'originating', incident_id, now(), now(), 1, '{}'
            from n join e using (event_id, device_id)
        )
        select event_id, device_id from e
        """;

    private readonly Channel<Happened> _waiting = Channel.CreateUnbounded<Happened>(new() { SingleReader = true });

    /// <summary>True when it was new; the row is on the disk.</summary>
    public Task<bool> Write(Happened happened)
    {
        _waiting.Writer.TryWrite(happened);
        return happened.Written.Task;
    }

    public async Task WriteAll()
    {
        await using var connection = await database.OpenConnectionAsync();
        while (await _waiting.Reader.WaitToReadAsync())
        {
            var batch = new List<Happened>();
            while (batch.Count < BatchMax && _waiting.Reader.TryRead(out var happened))
                batch.Add(happened);
            try
            {
                await Commit(connection, batch);
            }
            catch (NpgsqlException trouble)
            {
                batch.ForEach(happened => happened.Written.TrySetException(trouble));
            }
        }
    }

    private async Task Commit(NpgsqlConnection connection, List<Happened> batch)
    {
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(Column(batch, happened => happened.EventId));
        command.Parameters.Add(Column(batch, happened => happened.DeviceId));
        command.Parameters.Add(Column(batch, happened => happened.EventType));
        command.Parameters.Add(Column(batch, happened => happened.Payload));
        command.Parameters.Add(Column(batch, happened => happened.Incident));
        command.Parameters.Add(Column(batch, happened => happened.Call));
        await command.PrepareAsync();
        var written = new HashSet<(string, string)>();
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
                written.Add((reader.GetString(0), reader.GetString(1)));
        }
        foreach (var happened in batch)
        {
            var isNew = written.Remove((happened.EventId, happened.DeviceId));
            if (isNew)
                line?.Originate(happened.Call);
            happened.Written.TrySetResult(isNew);
        }
        if (line is not null)
            await line.Flush();
    }

    private static NpgsqlParameter<T[]> Column<T>(List<Happened> batch, Func<Happened, T> value) =>
        new() { TypedValue = [.. batch.Select(value)] };
}
