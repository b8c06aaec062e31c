using System.Diagnostics;
using IotOrleans.Tests;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace IotOrleans.Postgres;

public sealed class PrivatePostgresTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = TestServer.NewFolder();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await PrivatePostgres.Remove(_folder, TimeProvider.System);
    }

    [Fact]
    public async Task It_keeps_its_rows_from_one_start_to_the_next_and_is_gone_in_between()
    {
        int process;
        await using (var first = await Start())
        {
            process = first.ProcessId;
            await Run(first, "create table kept (id int); insert into kept values (7)");
        }

        Assert.False(IsAlive(process));
        await using var second = await Start();
        Assert.Equal(7, await Run(second, "select id from kept"));
    }

    [Fact]
    public async Task A_commit_is_on_the_disk_unless_a_test_gave_that_up()
    {
        await using var server = await Start();

        Assert.Equal("on on on", await Run(server, Settings));
        Assert.Equal(_folder, Path.GetDirectoryName((string)(await Run(server, "show data_directory"))!));
    }

    [Fact]
    public async Task It_listens_on_this_machine_only_and_asks_for_a_password()
    {
        await using var server = await Start();
        var stranger = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Password = "guess" };

        Assert.Equal("127.0.0.1", await Run(server, "show listen_addresses"));
        await using var refused = new NpgsqlConnection(stranger.ConnectionString);
        var why = await Assert.ThrowsAsync<PostgresException>(() => refused.OpenAsync());
        Assert.Equal(PostgresErrorCodes.InvalidPassword, why.SqlState);
    }

    [Fact]
    public async Task A_second_program_on_the_same_folder_is_refused_and_told_what_to_do()
    {
        await using var server = await Start();

        var refused = await Assert.ThrowsAsync<PrivatePostgresException>(Start);

        Assert.Contains("--data", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, await Run(server, "select 1"));
    }

    [Fact]
    public async Task A_server_that_is_killed_comes_back_with_its_rows_on_the_same_port_and_says_so()
    {
        var log = new HeardLog();
        await using var server = await Start(log);
        await Run(server, "create table kept (id int); insert into kept values (7)");
        var (process, port) = (server.ProcessId, server.Port);

        Process.GetProcessById(process).Kill();

        await log.Says("is ready on port", times: 2).WaitAsync(Patience);
        Assert.Equal(7, await Run(server, "select id from kept"));
        Assert.Equal(port, server.Port);
        Assert.NotEqual(process, server.ProcessId);
        var loud = log.Lines.Where(line => line.Level == LogLevel.Error);
        Assert.Contains(loud, line => line.Text.Contains($"PostgreSQL {process} ended", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_whose_owner_was_killed_is_taken_over_by_the_next_one()
    {
        // Started the same way, by an owner that let go without stopping it, as a killed one does.
        var orphan = await Orphan();

        await using var server = await Start();

        Assert.Equal(orphan, server.ProcessId);
        Assert.Equal("on on on", await Run(server, Settings));
    }

    [Fact]
    public async Task An_orphan_that_does_not_keep_our_promises_is_started_anew()
    {
        var orphan = await Orphan(durable: false);

        await using var server = await Start();

        Assert.NotEqual(orphan, server.ProcessId);
        Assert.Equal("on on on", await Run(server, Settings));
    }

    [Fact]
    public async Task A_pid_file_that_names_another_program_by_now_does_not_hinder_the_start()
    {
        await (await Start()).DisposeAsync();
        var pidFile = Path.Combine(_folder, "postgres", "postmaster.pid");
        string[] lines =
        [
            $"{Environment.ProcessId}",
            Path.Combine(_folder, "postgres"),
            "1",
            "5432",
            "",
            "",
            "",
            "ready",
        ];
        await File.WriteAllLinesAsync(pidFile, lines, TestContext.Current.CancellationToken);

        await using var server = await Start();

        Assert.Equal(1, await Run(server, "select 1"));
    }

    [Fact]
    public async Task A_first_start_that_died_half_way_is_begun_again()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "postgres.new", "base"));

        await using var server = await Start();

        Assert.False(Directory.Exists(Path.Combine(_folder, "postgres.new")));
    }

    [Fact]
    public async Task A_folder_whose_path_is_too_long_for_a_socket_is_reached_by_its_port()
    {
        var deep = Path.Combine(_folder, new string('d', 120));
        Directory.CreateDirectory(deep);
        await using var server = await PrivatePostgres.Start(new(deep), NullLogger.Instance, TimeProvider.System);

        Assert.Equal("127.0.0.1", new NpgsqlConnectionStringBuilder(server.ConnectionString).Host);
        Assert.Equal(1, await Run(server, "select 1"));
    }

    [Fact]
    public void A_machine_without_PostgreSQL_is_told_how_to_get_it()
    {
        var missing = Assert.Throws<PostgresMissingException>(() => PostgresBinaries.Find("/nowhere"));

        Assert.Contains("apt-get install postgresql", missing.Message, StringComparison.Ordinal);
    }

    private const string Settings =
        "select concat_ws(' ', current_setting('fsync'), current_setting('synchronous_commit'),"
        + " current_setting('full_page_writes'))";

    private Task<PrivatePostgres> Start() => Start(NullLogger.Instance);

    private Task<PrivatePostgres> Start(ILogger log) => PrivatePostgres.Start(new(_folder), log, TimeProvider.System);

    private async Task<int> Orphan(bool durable = true)
    {
        var options = new PrivatePostgresOptions(_folder) { Durable = durable };
        var owner = await PrivatePostgres.Start(options, NullLogger.Instance, TimeProvider.System);
        var process = owner.ProcessId;
        owner.Abandon();
        return process;
    }

    private static async Task<object?> Run(PrivatePostgres server, string sql)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private static bool IsAlive(int process) => Directory.Exists($"/proc/{process}");
}
