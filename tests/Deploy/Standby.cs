using Npgsql;

namespace IotOrleans.Tests;

/// <summary>A PostgreSQL that follows the deployed one, with the same file for its configuration.</summary>
public sealed class Standby(string server, string data, string configuration) : IAsyncDisposable
{
    private readonly int _port = HouseProcess.FreePort();
    private Peer? _process;

    /// <summary>The database of the house, as its owner reads it here.</summary>
    public string Of(string primary) =>
        new NpgsqlConnectionStringBuilder(primary) { Host = "127.0.0.1", Port = _port }.ConnectionString;

    private string Superuser =>
        new NpgsqlConnectionStringBuilder
        {
            Host = data,
            Port = _port,
            Username = "postgres",
            Database = "postgres",
            Pooling = false,
        }.ConnectionString;

    public async Task Start()
    {
        string[] ours = ["-c", $"port={_port}", "-c", "listen_addresses=127.0.0.1", "-k", data];
        string[] all = [server, "-D", data, "-c", $"config_file={configuration}", .. ours];
        var command = Peer.As(DeployedPostgres.ServerUser, all);
        _process = Peer.Start(command[0], command[1..]);
        await _process.Until(async () =>
            await DeployedPostgres.Answers(Superuser) && await Ask("select exists (select from pg_stat_wal_receiver)")
        );
    }

    public async Task Stop()
    {
        Assert.Equal(0, await _process!.End("INT"));
        await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>What comes from now on is kept and not shown.</summary>
    public Task Pause() => Ask("select pg_wal_replay_pause() is not null");

    public Task Resume() => Ask("select pg_wal_replay_resume() is not null");

    public async Task<bool> Ask(string sql)
    {
        await using var connection = new NpgsqlConnection(Superuser);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync() is true;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await Stop();
    }
}
