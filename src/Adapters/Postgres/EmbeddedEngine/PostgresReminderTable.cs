using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace IotOrleans.Postgres;

/// <summary>
/// Reminders in the table reminders, in the rows that the ADO.NET provider of Orleans reads and writes.
/// </summary>
/// <param name="database">The database of the house.</param>
/// <param name="serviceId">Whose reminders they are; the ServiceId of the cluster in the Orleans build.</param>
public sealed class PostgresReminderTable(NpgsqlDataSource database, string serviceId) : IReminderTable
{
    private static readonly string[] Grain = ["ServiceId", "GrainId"];
    private static readonly string[] Row = [.. Grain, "ReminderName"];
    private static readonly string[] Versioned = [.. Row, "Version"];
    private static readonly string[] Entry = [.. Row, "GrainHash", "StartTime", "Period"];
    private static readonly string[] Range = ["ServiceId", "BeginHash", "EndHash"];

    private readonly StoredQueries _queries = new(database);

    public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public async Task<ReminderTableData> ReadRows(GrainId grainId)
    {
        await using var read = await _queries.Command("ReadReminderRowsKey", Grain);
        Add(read, serviceId, grainId.ToString());
        return new(await Read(read));
    }

    public async Task<ReminderTableData> ReadRows(uint begin, uint end)
    {
        // The columns are signed: a range that is one piece for us may be two for them, and the reverse.
        var (from, to) = (unchecked((int)begin), unchecked((int)end));
        await using var read = await _queries.Command(from < to ? "ReadRangeRows1Key" : "ReadRangeRows2Key", Range);
        Add(read, serviceId);
        Add(read, from, to);
        return new(await Read(read));
    }

    public async Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName)
    {
        await using var read = await _queries.Command("ReadReminderRowKey", Row);
        Add(read, serviceId, grainId.ToString(), reminderName);
        return (await Read(read)).SingleOrDefault();
    }

    public async Task<string> UpsertRow(ReminderEntry entry)
    {
        await using var write = await _queries.Command("UpsertReminderRowKey", Entry);
        Add(write, serviceId, entry.GrainId.ToString(), entry.ReminderName);
        Add(write, HashOf(entry.GrainId));
        write.Parameters.Add(
            new NpgsqlParameter<DateTime>
            {
                NpgsqlDbType = NpgsqlDbType.TimestampTz,
                TypedValue =
                    entry.StartAt.Kind == DateTimeKind.Unspecified
                        ? DateTime.SpecifyKind(entry.StartAt, DateTimeKind.Utc)
                        : entry.StartAt.ToUniversalTime(),
            }
        );
        write.Parameters.Add(new NpgsqlParameter<long> { TypedValue = (long)entry.Period.TotalMilliseconds });
        return Text((int)(await write.ExecuteScalarAsync())!);
    }

    public async Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag)
    {
        await using var remove = await _queries.Command("DeleteReminderRowKey", Versioned);
        Add(remove, serviceId, grainId.ToString(), reminderName);
        Add(remove, int.Parse(eTag, CultureInfo.InvariantCulture));
        return await remove.ExecuteScalarAsync() is > 0;
    }

    /// <summary>Where a grain stands on the ring of hashes.</summary>
    internal static int HashOf(GrainId grainId) =>
        unchecked(GrainRowKey.Hash(grainId.Type.ToString()) * 31 + GrainRowKey.Hash(grainId.Key.ToString()));

    private static void Add(NpgsqlCommand command, params ReadOnlySpan<string> values)
    {
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = value });
        }
    }

    private static void Add(NpgsqlCommand command, params ReadOnlySpan<int> values)
    {
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = value });
        }
    }

    private static async Task<List<ReminderEntry>> Read(NpgsqlCommand command)
    {
        await using var rows = await command.ExecuteReaderAsync();
        var entries = new List<ReminderEntry>();
        while (await rows.ReadAsync())
        {
            entries.Add(
                new(
                    GrainId.Parse(rows.GetString(0)),
                    rows.GetString(1),
                    rows.GetDateTime(2),
                    TimeSpan.FromMilliseconds(rows.GetInt64(3)),
                    Text(rows.GetInt32(4))
                )
            );
        }
        return entries;
    }

    private static string Text(int version) => version.ToString(CultureInfo.InvariantCulture);
}
