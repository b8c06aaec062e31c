using IotOrleans.Postgres;
using Npgsql;

namespace IotOrleans.Masks;

/// <summary>How masks are written: one writer at a time, and everybody knows of it before it is answered.</summary>
public sealed partial class PostgresMasks
{
    /// <summary>Until every living process has read this version, or a moment has passed.</summary>
    /// <returns>How many have not.</returns>
    private async Task<int> Heard(long version, CancellationToken cancellation)
    {
        const string Behind = """
            select count(*)::int from mask_mirrors where seen < $1 and seen_at > now() - interval '6 seconds'
            """;
        var start = clock.GetTimestamp();
        while (true)
        {
            var behind = await Select.One(database, Behind, row => row.GetInt32(0), cancellation, version);
            if (behind == 0 || clock.GetElapsedTime(start) > TimeSpan.FromSeconds(3))
                return behind;
            await Task.Delay(TimeSpan.FromMilliseconds(20), clock, cancellation);
        }
    }

    private Task<T> Writing<T>(Func<NpgsqlConnection, Task<T>> write, CancellationToken cancellation) =>
        Select.Guarded(async () =>
        {
            await using var connection = await database.OpenConnectionAsync(cancellation);
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            await using (var command = new NpgsqlCommand(Lock, connection))
                await command.ExecuteNonQueryAsync(cancellation);
            var result = await write(connection);
            await transaction.CommitAsync(cancellation);
            await replica.Wrote();
            return result;
        });

    private static async Task<T?> One<T>(
        NpgsqlConnection connection,
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellation,
        params object?[] values
    )
    {
        await using var command = Command(connection, sql, values);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? read(reader) : default;
    }

    private static long VersionOf(NpgsqlDataReader row) => row.GetInt64(row.GetOrdinal("version"));

    private static async Task<string?> Text(
        NpgsqlConnection connection,
        string sql,
        CancellationToken cancellation,
        params object?[] values
    )
    {
        await using var command = Command(connection, sql, values);
        return await command.ExecuteScalarAsync(cancellation) as string;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params object?[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        Select.Fill(command, values);
        return command;
    }
}
