using IotOrleans.Events;
using IotOrleans.Postgres;
using Npgsql;

namespace IotOrleans.Feed;

/// <summary>
/// Up to which number a table is complete. Whoever inserts holds a lock on the table from before it takes a number
/// until its commit can be seen. So: read the last number given, then wait for those who hold the lock at that moment.
/// Nobody is held up by this, nothing else that runs in the database matters, and a restored one needs nothing.
/// </summary>
internal sealed class Settled(NpgsqlDataSource database, TimeProvider clock)
{
    private const string Writers = """
        select virtualtransaction from pg_locks
        where locktype = 'relation' and database = (select oid from pg_database where datname = current_database())
          and relation = $1::regclass and mode = 'RowExclusiveLock' and granted
        """;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>A writer that takes longer than this stands still; the reader comes back later.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <exception cref="JournalUnavailableException">
    /// The database cannot be reached, or somebody has been writing for too long.
    /// </exception>
    public Task<long> Read(string table, CancellationToken cancellation) =>
        Select.Guarded(async () =>
        {
            await using var connection = await database.OpenConnectionAsync(cancellation);
            var last = await Last(connection, table, cancellation);
            var since = clock.GetTimestamp();
            var writing = await Now(connection, table, cancellation);
            while (writing.Count > 0)
            {
                if (clock.GetElapsedTime(since) > Patience)
                    throw new JournalUnavailableException($"Somebody has been writing {table} for too long.");
                await Task.Delay(Pause, clock, cancellation);
                writing.IntersectWith(await Now(connection, table, cancellation));
            }
            return last;
        });

    private static async Task<long> Last(NpgsqlConnection connection, string table, CancellationToken cancellation)
    {
        var sql = $"select case when is_called then last_value else 0 end from {table}_seq_seq";
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private static async Task<HashSet<string>> Now(
        NpgsqlConnection connection,
        string table,
        CancellationToken cancellation
    )
    {
        await using var command = new NpgsqlCommand(Writers, connection);
        Select.Fill(command, [table]);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var writing = new HashSet<string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellation))
            writing.Add(reader.GetString(0));
        return writing;
    }
}
