using Npgsql;

namespace IotOrleans.Postgres;

/// <summary>
/// A channel of NOTIFY, listened to as long as the process lives: again after each time that nobody could listen.
/// A notification may be lost with its connection, so whoever follows a channel also looks when it was silent.
/// </summary>
/// <param name="doubt">How long it may be silent before there is a look all the same.</param>
internal sealed class NotifyChannel(NpgsqlDataSource database, string name, TimeSpan doubt, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <param name="look">
    /// What to do on the connection that listens; true when something may have changed: after a notification, and after
    /// a time when nobody listened.
    /// </param>
    /// <param name="deaf">Told why nothing is heard, each time that the database is away.</param>
    public async Task Follow(
        Func<NpgsqlConnection, bool, CancellationToken, Task> look,
        Action<string> deaf,
        CancellationToken stopping
    )
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await Listen(look, stopping);
            }
            catch (Exception trouble) when (DatabaseTrouble.Is(trouble))
            {
                deaf(trouble.Message);
                await Task.Delay(Pause, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task Listen(Func<NpgsqlConnection, bool, CancellationToken, Task> look, CancellationToken stopping)
    {
        await using var connection = await database.OpenConnectionAsync(stopping);
        await using (var listen = new NpgsqlCommand("listen " + name, connection))
            await listen.ExecuteNonQueryAsync(stopping);
        var mayHaveChanged = true;
        while (true)
        {
            await look(connection, mayHaveChanged, stopping);
            mayHaveChanged = await connection.WaitAsync(doubt, stopping);
        }
    }
}
