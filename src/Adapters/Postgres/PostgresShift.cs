using Npgsql;

namespace IotOrleans.Postgres;

/// <summary>A lock of a transaction: whoever dies with it gives it back.</summary>
public sealed class PostgresShift(NpgsqlDataSource database) : IShift
{
    private const string TryTake = "select pg_try_advisory_xact_lock(1768911971, hashtext($1))";

    public Task<IAsyncDisposable?> Take(string work, CancellationToken cancellation) =>
        Select.Guarded<IAsyncDisposable?>(async () =>
        {
            var connection = await database.OpenConnectionAsync(cancellation);
            try
            {
                var held = new Held(connection, await connection.BeginTransactionAsync(cancellation));
                await using var command = new NpgsqlCommand(TryTake, connection);
                Select.Fill(command, [work]);
                if ((bool)(await command.ExecuteScalarAsync(cancellation))!)
                    return held;
                await held.DisposeAsync();
                return null;
            }
            catch
            {
                await connection.DisposeAsync();
                throw;
            }
        });

    private sealed class Held(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
