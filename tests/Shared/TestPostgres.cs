using System.Security.Cryptography;
using System.Text;
using IotOrleans.Postgres;
using IotOrleans.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

[assembly: AssemblyFixture(typeof(TestPostgres))]

namespace IotOrleans.Tests;

/// <summary>
/// The real PostgreSQL of a test run: the one that <c>./test</c> started for all projects, or one of our own when the
/// project is run alone. Started by the first test that asks, stopped with the run.
/// </summary>
public sealed class TestPostgres : IAsyncDisposable
{
    private static readonly Lazy<Task<TestServer>> Shared = new(() =>
        Environment.GetEnvironmentVariable("IOT_TEST_PG") is { Length: > 0 } given
            ? Task.FromResult(new TestServer(given, null, null))
            : TestServer.Start()
    );

    /// <summary>A connection string to the database "postgres" of the server.</summary>
    internal static async Task<string> Server() => (await Shared.Value).ConnectionString;

    public async ValueTask DisposeAsync()
    {
        if (Shared.IsValueCreated)
        {
            await (await Shared.Value).DisposeAsync();
        }
    }
}

/// <summary>
/// A migrated database of one test class: <c>IClassFixture&lt;TestDatabase&gt;</c>. Dropped afterwards.
/// </summary>
public class TestDatabase : IAsyncLifetime
{
    private string server = "";
    private string name = "";

    public NpgsqlDataSource Source { get; private set; } = null!;

    public string ConnectionString => new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString;

    /// <summary>False gives an empty database.</summary>
    protected virtual bool IsMigrated => true;

    public virtual async ValueTask InitializeAsync()
    {
        server = await TestPostgres.Server();
        name = "t_" + Guid.NewGuid().ToString("N");
        await using (var admin = await Connect("postgres"))
        {
            var template = IsMigrated ? await Template(admin) : "template0";
            await Execute(admin, $"create database {name} template {template}");
        }
        Source = new NpgsqlDataSourceBuilder(ConnectionString + ";Max Auto Prepare=64").Build();
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await using var admin = await Connect("postgres");
        await Execute(admin, $"drop database {name} with (force)");
        GC.SuppressFinalize(this);
    }

    /// <summary>Returns when a session of this database waits for the lock of another one.</summary>
    public async Task UntilSomebodyWaits()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await using var look = Source.CreateCommand(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        );
        while (await look.ExecuteScalarAsync(deadline.Token) is 0L)
        {
            deadline.Token.ThrowIfCancellationRequested();
        }
    }

    // Migrated once for each set of scripts and copied from then on: a copy takes a fraction of the time. Several test
    // processes share the server, so the first one makes it and the others wait.
    private async Task<string> Template(NpgsqlConnection admin)
    {
        var scripts = string.Concat(Migrations.Known.Select(m => m.Checksum));
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(scripts)))[..12];
        var template = $"iot_template_{hash}";
        await Execute(admin, "select pg_advisory_lock(1953655148)");
        await using var look = new NpgsqlCommand("select 1 from pg_database where datname = $1", admin);
        look.Parameters.Add(new() { Value = template });
        if (await look.ExecuteScalarAsync() is null)
        {
            await Execute(admin, $"drop database if exists {template}_new");
            await Execute(admin, $"create database {template}_new template template0");
            var migrated = new NpgsqlConnectionStringBuilder(server) { Database = template + "_new", Pooling = false };
            await using (var source = NpgsqlDataSource.Create(migrated))
            {
                await Migrations.Apply(source, NullLogger.Instance);
            }
            await Execute(admin, $"alter database {template}_new rename to {template}");
        }
        await Execute(admin, "select pg_advisory_unlock(1953655148)");
        return template;
    }

    private async Task<NpgsqlConnection> Connect(string database)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(server) { Database = database, Pooling = false }.ConnectionString
        );
        await connection.OpenAsync();
        return connection;
    }

    private static async Task Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>A database without any table of ours.</summary>
public sealed class EmptyDatabase : TestDatabase
{
    protected override bool IsMigrated => false;
}
