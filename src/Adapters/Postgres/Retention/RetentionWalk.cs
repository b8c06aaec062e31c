using System.Globalization;
using IotOrleans.Feed;
using IotOrleans.Journal;
using IotOrleans.Postgres;
using Npgsql;

namespace IotOrleans.Retention;

/// <summary>Goes through the old rows of one kind, the oldest first.</summary>
internal sealed class RetentionWalk(
    NpgsqlDataSource database,
    RetentionFigures figures,
    TimeProvider clock,
    TimeSpan timeMax
)
{
    public const int BatchMax = 1_000;
    private const int BatchMin = 10;

    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(20);

    // Of several processes one removes at a time. Who reads the feed waits for a writer three seconds at most.
    private const string Begin = """
        select pg_try_advisory_xact_lock(1768911971, hashtext('retention')),
               set_config('lock_timeout', '200', true), set_config('statement_timeout', '2000', true),
               set_config('iotorleans.retention', 'on', true)
        """;

    private const string ReadSql =
        "select coalesce(min(after), 9223372036854775807) from feed_positions where kind = any($1)";

    private readonly long _since = clock.GetTimestamp();
    private int _size = BatchMax;

    /// <returns>Whether nothing is left, or somebody else is at it.</returns>
    public async Task<bool> Clear(OldRows rows, int days, CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var read = await HasBeenRead(rows.Readers, stop);
        // Who has not read on for twice the time is not waited for.
        if (read < long.MaxValue && !await Clear(rows, now.AddDays(-2 * days), long.MaxValue, stop))
            return false;
        return await Clear(rows, now.AddDays(-days), read, stop);
    }

    private async Task<bool> Clear(OldRows rows, DateTimeOffset before, long read, CancellationToken stop)
    {
        var after = 0L;
        while (true)
        {
            var started = clock.GetTimestamp();
            try
            {
                if (await Remove(rows, after, before, read, stop) is not { Old: > 0 } batch)
                    return true;
                after = batch.Last;
            }
            catch (PostgresException slow)
                when (slow.SqlState == PostgresErrorCodes.QueryCanceled
                    && _size > BatchMin
                    && !stop.IsCancellationRequested
                )
            {
                _size = Math.Max(BatchMin, _size / 2);
            }
            if (clock.GetElapsedTime(_since) > timeMax)
                return false;
            var took = clock.GetElapsedTime(started);
            await Task.Delay(took > PauseMin ? took : PauseMin, clock, stop);
        }
    }

    /// <returns>Null: somebody else is at it.</returns>
    private async Task<(long Last, long Old)?> Remove(
        OldRows rows,
        long after,
        DateTimeOffset before,
        long read,
        CancellationToken stop
    )
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        await using var transaction = await connection.BeginTransactionAsync(stop);
        await using (var begin = new NpgsqlCommand(Begin, connection))
        {
            if (await begin.ExecuteScalarAsync(stop) is not true)
                return null;
        }
        var gone = new long[rows.Tables.Length];
        (long, long) batch;
        await using (var command = Command(connection, rows, after, before, read))
        await using (var answer = await command.ExecuteReaderAsync(stop))
        {
            await answer.ReadAsync(stop);
            batch = (answer.Maybe<long>(0) ?? after, answer.GetInt64(1));
            for (var table = 0; table < gone.Length; table++)
                gone[table] = answer.GetInt64(2 + table);
        }
        await transaction.CommitAsync(stop);
        foreach (var (table, name) in rows.Tables.Index())
            figures.Removed(name, gone[table]);
        return batch;
    }

    private NpgsqlCommand Command(
        NpgsqlConnection connection,
        OldRows rows,
        long after,
        DateTimeOffset before,
        long read
    )
    {
        // Not as a parameter: a plan that is kept for good has to know how few rows it is for.
        var size = _size.ToString(CultureInfo.InvariantCulture);
        var command = new NpgsqlCommand(rows.Sql.Replace("{size}", size, StringComparison.Ordinal), connection);
        Select.Fill(command, [after, before, read, clock.GetUtcNow()]);
        return command;
    }

    private async Task<long> HasBeenRead(FeedKind[]? kinds, CancellationToken stop)
    {
        if (kinds is null)
            return long.MaxValue;
        await using var command = database.CreateCommand(ReadSql);
        Select.Fill(command, [kinds.Select(Rows.Word).ToArray()]);
        return (long)(await command.ExecuteScalarAsync(stop))!;
    }
}
