using IotOrleans.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace IotOrleans.Tests;

/// <summary>A PostgreSQL for tests: quick, because nothing in it has to survive a power cut.</summary>
internal sealed record TestServer(string ConnectionString, PrivatePostgres? Own, string? Folder) : IAsyncDisposable
{
    private const string Prefix = "iotorleans-test-";

    /// <summary>A folder for a server; a run that is killed leaves it behind and a later run removes it.</summary>
    public static string NewFolder()
    {
        var folder = Path.Combine(Path.GetTempPath(), Prefix + Guid.NewGuid().ToString("N")[..12]);
        Directory.CreateDirectory(folder);
        return folder;
    }

    public static async Task<TestServer> Start(CancellationToken cancellation = default)
    {
        await RemoveLeftovers();
        var folder = NewFolder();
        var options = new PrivatePostgresOptions(folder)
        {
            Database = "postgres",
            Durable = false,
            ConnectionsMax = 300,
        };
        var server = await PrivatePostgres.Start(options, NullLogger.Instance, TimeProvider.System, cancellation);
        return new(server.ConnectionString, server, folder);
    }

    public async ValueTask DisposeAsync()
    {
        if (Own is not null)
        {
            NpgsqlConnection.ClearAllPools();
            await Own.DisposeAsync();
            Directory.Delete(Folder!, recursive: true);
        }
    }

    // A folder whose run still goes on refuses to be taken, and one that is just being made is too young to be left
    // over.
    private static async Task RemoveLeftovers()
    {
        var old = DateTime.UtcNow.AddMinutes(-5);
        foreach (var folder in Directory.GetDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            if (Directory.GetCreationTimeUtc(folder) > old)
            {
                continue;
            }
            try
            {
                await PrivatePostgres.Remove(folder, TimeProvider.System);
            }
            catch (Exception busy) when (busy is PrivatePostgresException or IOException)
            {
                await Console.Error.WriteLineAsync($"Left alone: {folder}: {busy.Message}");
            }
        }
    }
}
