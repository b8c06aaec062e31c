using Microsoft.Extensions.Logging;
using Npgsql;

namespace IotOrleans.Postgres;

/// <summary>
/// A PostgreSQL server of our own: made in a data folder, started with us, stopped with us, reachable from this machine
/// only. If it crashes it is started again; if we crash it goes on, and the next start takes it over.
/// </summary>
public sealed partial class PrivatePostgres : IAsyncDisposable
{
    private const int PortTries = 3;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly PostgresBinaries _binaries;
    private readonly ServerUser _user;
    private readonly DataFolder _folder;
    private readonly PrivatePostgresOptions _options;
    private readonly ILogger _log;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stopping = new();
    private Postmaster _server = null!;
    private Task _watch = Task.CompletedTask;

    private PrivatePostgres(
        PostgresBinaries binaries,
        DataFolder folder,
        PrivatePostgresOptions options,
        ILogger log,
        TimeProvider clock
    )
    {
        (_binaries, _folder, _options, _log, _clock) = (binaries, folder, options, log, clock);
        _user = ServerUser.Choose();
    }

    /// <summary>Its process, for those who want to watch or to hurt it.</summary>
    public int ProcessId => _server.Id;

    /// <summary>Its port on 127.0.0.1.</summary>
    public int Port => _server.Port;

    /// <summary>How to reach <see cref="PrivatePostgresOptions.Database"/>.</summary>
    public string ConnectionString => ConnectionTo(_options.Database);

    /// <summary>
    /// Starts the server, or takes over the one that still runs, and makes the database if it is not there.
    /// </summary>
    /// <exception cref="PostgresMissingException">This machine has no PostgreSQL.</exception>
    /// <exception cref="PrivatePostgresException">It could not be started; the message says what to do.</exception>
    public static async Task<PrivatePostgres> Start(
        PrivatePostgresOptions options,
        ILogger log,
        TimeProvider clock,
        CancellationToken cancellation = default
    )
    {
        var binaries = PostgresBinaries.Find();
        var started = new PrivatePostgres(binaries, DataFolder.Take(options.Folder), options, log, clock);
        try
        {
            await started._folder.Prepare(binaries, started._user, options.Durable, cancellation);
            await started.Begin(cancellation);
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Ends what a dead owner left behind in <paramref name="root"/> and deletes the folder with all its rows.
    /// </summary>
    /// <exception cref="PrivatePostgresException">A living process owns the folder.</exception>
    public static async Task Remove(string root, TimeProvider clock)
    {
        using (var folder = DataFolder.Take(root))
        using (var orphan = Postmaster.Adopt(folder))
        {
            if (orphan is not null)
            {
                await orphan.Stop(TimeSpan.FromSeconds(10), clock);
            }
        }
        Directory.Delete(root, recursive: true);
    }

    /// <summary>Stops the server: fast, but not before what is committed is on the disk.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
        {
            return;
        }
        await _stopping.CancelAsync();
        await _watch;
        if (_server is not null)
        {
            if (!await _server.Stop(_options.StopWithin, _clock))
            {
                LogCutOff(_log, _options.StopWithin);
            }
            _server.Dispose();
        }
        _folder.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Lets go without stopping the server, as a kill of this process would.</summary>
    internal void Abandon()
    {
        _stopping.Cancel();
        _server.Dispose();
        _folder.Dispose();
    }

    private string ConnectionTo(string database) =>
        new NpgsqlConnectionStringBuilder
        {
            // The socket is quicker than TCP.
            Host = _folder.Sockets ?? "127.0.0.1",
            Port = Port,
            Username = DataFolder.Role,
            Password = _folder.Password,
            Database = database,
        }.ConnectionString;

    private async Task Begin(CancellationToken cancellation)
    {
        if (Postmaster.Adopt(_folder) is { } orphan)
        {
            LogAdopted(_log, orphan.Id, _folder.Root);
            _server = orphan;
            await MustBeReady(cancellation);
            if (!await HasOurSettings(cancellation))
            {
                await orphan.Stop(_options.StopWithin, _clock);
                await Launch(cancellation);
            }
        }
        else
        {
            await Launch(cancellation);
        }
        await CreateDatabase(cancellation);
        _watch = Watch();
    }

    private async Task Launch(CancellationToken cancellation)
    {
        for (var tries = 1; ; tries++)
        {
            _server = Postmaster.Launch(_binaries, _user, _folder, _options, Postmaster.FreePort());
            try
            {
                await MustBeReady(cancellation);
                LogStarted(_log, _server.Id, Port, _folder.Root);
                return;
            }
            catch (PrivatePostgresException) when (tries < PortTries)
            {
                // Most likely somebody took the port between our looking and the server's binding.
                _server.Dispose();
            }
        }
    }

    private async Task MustBeReady(CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(_options.ReadyWithin, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            if (!await _server.IsReady(_folder, _clock, either.Token))
            {
                throw new PrivatePostgresException($"PostgreSQL ended at its start. Its log ends with: {LastWords()}");
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw new PrivatePostgresException(
                $"PostgreSQL was not ready within {_options.ReadyWithin}. Its log ends with: {LastWords()}"
            );
        }
    }

    private string LastWords() =>
        File.Exists(_folder.Log)
            ? string.Join(Environment.NewLine, File.ReadLines(_folder.Log).TakeLast(5))
            : "(no log)";

    // Its last owner may have been a program with other promises: fsync is the one that must never be wrong.
    private async Task<bool> HasOurSettings(CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(ConnectionTo("postgres") + ";Pooling=false");
        await connection.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(
            "select current_setting('fsync')::boolean = $1 and current_setting('max_connections')::integer = $2",
            connection
        );
        command.Parameters.Add(new() { Value = _options.Durable });
        command.Parameters.Add(new() { Value = _options.ConnectionsMax });
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    private async Task CreateDatabase(CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(ConnectionTo("postgres") + ";Pooling=false");
        await connection.OpenAsync(cancellation);
        await using var look = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection);
        look.Parameters.Add(new() { Value = _options.Database });
        if (await look.ExecuteScalarAsync(cancellation) is null)
        {
            var name = _options.Database.Replace("\"", "\"\"", StringComparison.Ordinal);
            await using var create = new NpgsqlCommand($"create database \"{name}\"", connection);
            await create.ExecuteNonQueryAsync(cancellation);
        }
    }

    private async Task Watch()
    {
        try
        {
            var pause = FirstPause;
            while (true)
            {
                var since = _clock.GetTimestamp();
                await _server.Ended.WaitAsync(_stopping.Token);
                pause = _clock.GetElapsedTime(since) > LongestPause ? FirstPause : pause;
                LogCrashed(_log, _server.Id, pause, LastWords());
                await Task.Delay(pause, _clock, _stopping.Token);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                await Restart();
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // We are stopping; the server is stopped by whoever stops us.
        }
    }

    // On the same port: everybody's connection strings name it.
    private async Task Restart()
    {
        var port = Port;
        _server.Dispose();
        Postmaster.Adopt(_folder)?.Dispose();
        _server = Postmaster.Launch(_binaries, _user, _folder, _options, port);
        try
        {
            await MustBeReady(_stopping.Token);
            LogStarted(_log, _server.Id, port, _folder.Root);
        }
        catch (PrivatePostgresException failed)
        {
            // The watcher finds it ended, says so and tries again later.
            LogRestartFailed(_log, failed);
        }
    }

    [LoggerMessage(LogLevel.Information, "Private PostgreSQL {Process} is ready on port {Port}, data in {Folder}")]
    private static partial void LogStarted(ILogger log, int process, int port, string folder);

    [LoggerMessage(LogLevel.Warning, "Private PostgreSQL {Process} on {Folder} outlived its owner and is taken over")]
    private static partial void LogAdopted(ILogger log, int process, string folder);

    [LoggerMessage(LogLevel.Error, "Private PostgreSQL {Process} ended, next start in {Pause}. Its log ends: {Words}")]
    private static partial void LogCrashed(ILogger log, int process, TimeSpan pause, string words);

    [LoggerMessage(LogLevel.Error, "Private PostgreSQL did not come back")]
    private static partial void LogRestartFailed(ILogger log, Exception reason);

    [LoggerMessage(LogLevel.Error, "Private PostgreSQL did not stop within {Limit} and was cut off; it repairs itself")]
    private static partial void LogCutOff(ILogger log, TimeSpan limit);
}
