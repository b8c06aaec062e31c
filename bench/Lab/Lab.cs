using System.Net;
using System.Net.Sockets;
using IotOrleans.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace IotOrleans.Bench;

/// <summary>
/// What a bench stands on: one PostgreSQL with fsync on, a fresh copy of a prepared database for each round, and the
/// processes that were started. All of it is gone when the lab is.
/// </summary>
internal sealed class Lab : IAsyncDisposable
{
    private readonly PrivatePostgres _postgres;
    private readonly string _folder;
    private int _copies;

    private Lab(PrivatePostgres postgres, string folder) => (_postgres, _folder) = (postgres, folder);

    public int PostgresId => _postgres.ProcessId;

    public static async Task<Lab> Open()
    {
        var folder = Path.Combine(Path.GetTempPath(), "iot-bench-" + Guid.NewGuid().ToString("N")[..8]);
        return new(await PrivatePostgres.Start(new(folder), NullLogger.Instance, TimeProvider.System), folder);
    }

    public string ConnectionTo(string database) =>
        new NpgsqlConnectionStringBuilder(_postgres.ConnectionString) { Database = database }.ConnectionString;

    /// <summary>A new database, empty or with all the rows of another that nobody is connected to.</summary>
    public async Task<string> Create(string name, string? like = null)
    {
        await Say($"create database {name}" + (like is null ? "" : $" template {like}"));
        return name;
    }

    /// <summary>A copy for one round. What the copying left to write is written before the round begins.</summary>
    public async Task<string> Copy(string like)
    {
        await LeaveAlone(like);
        var name = await Create($"copy_{++_copies}", like);
        await Say("checkpoint");
        return name;
    }

    public Task Drop(string database) => Say($"drop database {database} with (force)");

    /// <summary>Ends what a program that was killed left in the database: its session holds a lock.</summary>
    public Task LeaveAlone(string database) =>
        Say($"select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '{database}'");

    /// <summary>Starts one of our programs on this database; it must answer <paramref name="path"/> with 200.</summary>
    public async Task<ServerProcess> Start(string program, int port, string database, string path, params string[] more)
    {
        var server = ServerProcess.Start(program, port, ConnectionTo(database), more);
        await server.IsReady(path);
        return server;
    }

    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public async ValueTask DisposeAsync()
    {
        ServerProcess.KillAll();
        await _postgres.DisposeAsync();
        await PrivatePostgres.Remove(_folder, TimeProvider.System);
    }

    private async Task Say(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionTo("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync();
    }
}
