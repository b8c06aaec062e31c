using Microsoft.Extensions.Logging;
using Npgsql;

namespace IotOrleans.Access;

/// <summary>Hears from the database that keys have changed, wherever that was done.</summary>
public sealed partial class KeyChanges(NpgsqlDataSource database, TimeProvider clock, ILogger<KeyChanges> log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>A line that has been silent this long may be dead without our knowing; a question tells.</summary>
    private static readonly TimeSpan Doubt = TimeSpan.FromSeconds(15);

    /// <summary>Calls <paramref name="changed"/> at every change, and after each time that it could not hear.</summary>
    public async Task Watch(Action changed, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await Listen(changed, stopping);
            }
            catch (Exception trouble) when (DatabaseTrouble.Is(trouble))
            {
                LogDeaf(trouble.Message);
                await Task.Delay(Pause, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task Listen(Action changed, CancellationToken stopping)
    {
        await using var connection = await database.OpenConnectionAsync(stopping);
        await using (var listen = new NpgsqlCommand("listen keys_changed", connection))
        {
            await listen.ExecuteNonQueryAsync(stopping);
        }
        changed();
        await using var question = new NpgsqlCommand("select 1", connection);
        while (true)
        {
            if (await connection.WaitAsync(Doubt, stopping))
                changed();
            else
                await question.ExecuteNonQueryAsync(stopping);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Changes of keys are not heard now: {Reason}")]
    private partial void LogDeaf(string reason);
}
