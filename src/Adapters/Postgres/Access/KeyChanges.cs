using IotOrleans.Postgres;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace IotOrleans.Access;

/// <summary>Hears from the database that keys have changed, wherever that was done.</summary>
public sealed partial class KeyChanges(NpgsqlDataSource database, TimeProvider clock, ILogger<KeyChanges> log)
{
    /// <summary>A line that has been silent this long may be dead without our knowing; a question tells.</summary>
    private static readonly TimeSpan Doubt = TimeSpan.FromSeconds(15);

    /// <summary>Calls <paramref name="changed"/> at every change, and after each time that it could not hear.</summary>
    public Task Watch(Action changed, CancellationToken stopping) =>
        new NotifyChannel(database, "keys_changed", Doubt, clock).Follow(
            async (connection, mayHaveChanged, stop) =>
            {
                if (mayHaveChanged)
                {
                    changed();
                    return;
                }
                await using var question = new NpgsqlCommand("select 1", connection);
                await question.ExecuteNonQueryAsync(stop);
            },
            LogDeaf,
            stopping
        );

    [LoggerMessage(LogLevel.Warning, "Changes of keys are not heard now: {Reason}")]
    private partial void LogDeaf(string reason);
}
