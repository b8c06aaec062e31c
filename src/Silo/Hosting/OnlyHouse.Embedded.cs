using Npgsql;

namespace IotOrleans.Hosting;

/// <summary>
/// The embedded engine does not cluster: a second process on the same rows would be a second owner of every grain. A
/// lock of the database, held as long as we live, keeps it out. A session that broke has lost the lock: it is taken
/// again, and if somebody else has it by then, we are the second and go.
/// </summary>
internal sealed partial class OnlyHouse(
    Database database,
    IHostApplicationLifetime lifetime,
    TimeProvider clock,
    ILogger<OnlyHouse> log
) : BackgroundService
{
    // "iote" in ASCII; it only has to differ from other locks.
    private const string TakeLock = "select pg_try_advisory_lock(1768911973)";

    private const string Holder = """
        select pid from pg_locks
        where locktype = 'advisory' and classid = 0 and objid = 1768911973 and objsubid = 1 and granted
          and database = (select oid from pg_database where datname = current_database())
        """;

    private const string EndGhost = "select pg_terminate_backend($1, 2000)";

    private const int TriesMax = 5;

    private const int CheckSeconds = 2;
    private const int GhostsMax = 64;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    // Sessions of ours that broke without a word: at the server they may live on for a while, and hold the lock.
    private readonly Queue<int> _ghosts = new();
    private NpgsqlConnection? _session;
    private bool _hasLock;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!await Take(cancellationToken))
        {
            throw new HouseException(
                "Another IotOrleans on the embedded engine uses this database. "
                    + "Stop it, or build with GrainEngine=Orleans to run several."
            );
        }
        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _session?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (await IsHeld(stoppingToken) || await TakeAgain(stoppingToken))
                    continue;
                LogTaken();
                Environment.ExitCode = 1;
                lifetime.StopApplication();
                return;
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The lock is let go with the session.
        }
    }

    private async Task<bool> IsHeld(CancellationToken cancellation)
    {
        if (!_hasLock)
            return false;
        try
        {
            await using var command = new NpgsqlCommand("select 1", _session) { CommandTimeout = CheckSeconds };
            await command.ExecuteScalarAsync(cancellation);
            return true;
        }
        catch (Exception trouble) when (IsLost(trouble))
        {
            return false;
        }
    }

    /// <returns>False when somebody else has it; a database that is away can give it to nobody.</returns>
    private async Task<bool> TakeAgain(CancellationToken cancellation)
    {
        try
        {
            for (var tries = 0; tries < TriesMax; tries++)
            {
                if (await Take(cancellation))
                {
                    LogAgain();
                    return true;
                }
                if (!await IsFreeOrOurs(cancellation))
                    return false;
            }
            // It is neither free nor another's for long: the next look tells more.
            return true;
        }
        catch (Exception trouble) when (IsLost(trouble))
        {
            return true;
        }
    }

    private async Task<bool> Take(CancellationToken cancellation)
    {
        _hasLock = false;
        if (_session is not null)
            await _session.DisposeAsync();
        var settings = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false, KeepAlive = 30 };
        _session = new(settings.ConnectionString);
        await _session.OpenAsync(cancellation);
        _ghosts.Enqueue(_session.ProcessID);
        if (_ghosts.Count > GhostsMax)
            _ghosts.Dequeue();
        await using var command = new NpgsqlCommand(TakeLock, _session) { CommandTimeout = CheckSeconds };
        _hasLock = await command.ExecuteScalarAsync(cancellation) is true;
        return _hasLock;
    }

    private async Task<bool> IsFreeOrOurs(CancellationToken cancellation)
    {
        await using var ask = new NpgsqlCommand(Holder, _session) { CommandTimeout = CheckSeconds };
        if (await ask.ExecuteScalarAsync(cancellation) is not int holder)
            return true;
        if (!_ghosts.Contains(holder))
            return false;
        await using var end = new NpgsqlCommand(EndGhost, _session);
        end.Parameters.Add(new NpgsqlParameter<int> { TypedValue = holder });
        await end.ExecuteScalarAsync(cancellation);
        return true;
    }

    // A connection that broke earlier says that it is not open.
    private static bool IsLost(Exception trouble) =>
        DatabaseTrouble.Is(trouble) || trouble is InvalidOperationException;

    [LoggerMessage(LogLevel.Warning, "The lock of this house was lost with its session, and taken again")]
    private partial void LogAgain();

    [LoggerMessage(LogLevel.Critical, "Another IotOrleans has taken over this database: this one stops")]
    private partial void LogTaken();
}
