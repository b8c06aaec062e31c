using IotOrleans.Events;
using Npgsql;

namespace IotOrleans.Postgres;

/// <summary>Reads rows for screens; trouble with the database is said in the words of the contract.</summary>
internal static class Select
{
    /// <summary>
    /// One row more than asked for tells whether another page follows. The first column is the position.
    /// </summary>
    public static Task<Page<T>> Page<T>(
        NpgsqlDataSource database,
        string sql,
        PageRequest page,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellation,
        params object?[] filters
    ) =>
        Read(
            database,
            sql,
            [.. filters, page.Before ?? long.MaxValue, page.Limit + 1],
            async reader =>
            {
                var items = new List<T>();
                long? last = null;
                while (await reader.ReadAsync(cancellation))
                {
                    if (items.Count == page.Limit)
                        return new Page<T>([.. items], last);
                    last = reader.GetInt64(0);
                    items.Add(read(reader));
                }
                return new Page<T>([.. items], null);
            },
            cancellation
        );

    public static Task<T?> One<T>(
        NpgsqlDataSource database,
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellation,
        params object?[] values
    ) =>
        Read(
            database,
            sql,
            values,
            async reader => await reader.ReadAsync(cancellation) ? read(reader) : default,
            cancellation
        );

    public static Task<T[]> All<T>(
        NpgsqlDataSource database,
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellation,
        params object?[] values
    ) =>
        Read(
            database,
            sql,
            values,
            async reader =>
            {
                var found = new List<T>();
                while (await reader.ReadAsync(cancellation))
                    found.Add(read(reader));
                return found.ToArray();
            },
            cancellation
        );

    public static Task<int> Run(
        NpgsqlDataSource database,
        string sql,
        CancellationToken cancellation,
        params object?[] values
    ) =>
        Guarded(async () =>
        {
            await using var command = Command(database, sql, values);
            return await command.ExecuteNonQueryAsync(cancellation);
        });

    private static Task<T> Read<T>(
        NpgsqlDataSource database,
        string sql,
        object?[] values,
        Func<NpgsqlDataReader, Task<T>> read,
        CancellationToken cancellation
    ) =>
        Guarded(async () =>
        {
            await using var command = Command(database, sql, values);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            return await read(reader);
        });

    public static NpgsqlCommand Command(NpgsqlDataSource database, string sql, object?[] values)
    {
        var command = database.CreateCommand(sql);
        Fill(command, values);
        return command;
    }

    public static void Fill(NpgsqlCommand command, object?[] values)
    {
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = Plain(value) ?? DBNull.Value });
    }

    public static T? Maybe<T>(this NpgsqlDataReader reader, int column)
        where T : struct => reader.IsDBNull(column) ? null : reader.GetFieldValue<T>(column);

    public static string? Text(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetString(column);

    public static async Task<T> Guarded<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception trouble) when (DatabaseTrouble.Is(trouble))
        {
            throw new JournalUnavailableException("The database cannot be reached now.", trouble);
        }
    }

    private static object? Plain(object? value) => value is DateTimeOffset time ? time.UtcDateTime : value;
}
