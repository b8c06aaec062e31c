using IotOrleans.Events;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace IotOrleans.Postgres;

/// <summary>
/// A streaming copy of the database, for reading what may be a moment old. While there is none, while it is away or
/// follows nobody, and until it has what this process itself has written, the database itself is read.
/// </summary>
/// <param name="copy">Null: there is none.</param>
public sealed partial class Replica(
    NpgsqlDataSource database,
    NpgsqlDataSource? copy,
    TimeProvider clock,
    ILogger<Replica> log
) : IHealthPart, IAsyncDisposable
{
    // A receiver that has lost the database ends: rows of long ago are not taken for those of now.
    private const string Fit = """
        select exists (select from pg_stat_wal_receiver),
               $1::text is null or pg_last_wal_replay_lsn() >= $1::text::pg_lsn
        """;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LeaveAlone = TimeSpan.FromSeconds(5);

    private volatile string? _written;
    private long _nextLook;
    private int _isAway;

    /// <summary>There is no copy.</summary>
    public static Replica Without(NpgsqlDataSource database) =>
        new(database, null, TimeProvider.System, NullLogger<Replica>.Instance);

    /// <summary>Reads rows that may be a moment old, but are never older than what was written here.</summary>
    public async Task<T> Read<T>(Func<NpgsqlDataSource, Task<T>> read, CancellationToken cancellation)
    {
        var source = await Choose(cancellation);
        if (source == database)
            return await read(database);
        try
        {
            return await read(source);
        }
        // Also what only a copy says: that a row is needed which was removed meanwhile.
        catch (JournalUnavailableException trouble)
        {
            GoesAway(trouble.InnerException?.Message ?? trouble.Message);
            return await read(database);
        }
    }

    /// <summary>Where such rows are read now.</summary>
    public async ValueTask<NpgsqlDataSource> Choose(CancellationToken cancellation)
    {
        if (copy is null)
            return database;
        var (now, written) = (clock.GetTimestamp(), _written);
        if (now < Interlocked.Read(ref _nextLook))
            return _isAway == 0 && written is null ? copy : database;
        try
        {
            var (follows, hasWritten) = await Look(copy, written, cancellation);
            if (!follows)
            {
                GoesAway("it follows nobody");
                return database;
            }
            if (hasWritten)
                Interlocked.CompareExchange(ref _written, null, written);
            // As long as it lacks something of ours it is asked each time.
            LookAfter(_written is null ? LookEvery : TimeSpan.Zero);
            if (Interlocked.Exchange(ref _isAway, 0) == 1)
                LogBack();
            return hasWritten ? copy : database;
        }
        catch (JournalUnavailableException trouble)
        {
            GoesAway(trouble.InnerException?.Message ?? trouble.Message);
            return database;
        }
    }

    /// <summary>Something was committed here: nothing older is read from now on.</summary>
    public async Task Wrote(CancellationToken cancellation)
    {
        if (copy is null)
            return;
        try
        {
            _written = await Select.One(
                database,
                "select pg_current_wal_insert_lsn()::text",
                row => row.GetString(0),
                cancellation
            );
            LookAfter(TimeSpan.Zero);
        }
        catch (Exception trouble) when (trouble is JournalUnavailableException or OperationCanceledException)
        {
            // It is written, and how far the copy has to be is not known.
            GoesAway("what was written is not known");
        }
    }

    public async ValueTask<PartHealth> Check(CancellationToken cancellation)
    {
        const string Instead = "the database is read instead";
        try
        {
            // Who has no copy has no such part.
            var (follows, _) = await Look(copy!, null, cancellation);
            return follows
                ? new("replica", PartStatus.Up, Needed: false, "lists, exports and figures of masks are read from it")
                : new("replica", PartStatus.Down, Needed: false, $"follows nobody; {Instead}");
        }
        catch (JournalUnavailableException)
        {
            return new("replica", PartStatus.Down, Needed: false, $"cannot be reached; {Instead}");
        }
    }

    public ValueTask DisposeAsync() => copy?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static async Task<(bool Follows, bool HasWritten)> Look(
        NpgsqlDataSource copy,
        string? written,
        CancellationToken cancellation
    ) =>
        await Select.One(
            copy,
            Fit,
            row => (row.GetBoolean(0), !row.IsDBNull(1) && row.GetBoolean(1)),
            cancellation,
            written
        );

    private void GoesAway(string why)
    {
        LookAfter(LeaveAlone);
        if (Interlocked.Exchange(ref _isAway, 1) == 0)
            LogAway(why);
    }

    private void LookAfter(TimeSpan time) =>
        Interlocked.Exchange(
            ref _nextLook,
            clock.GetTimestamp() + (long)(time.TotalSeconds * clock.TimestampFrequency)
        );

    [LoggerMessage(LogLevel.Warning, "The replica is not read: {Why}. The database is read instead")]
    private partial void LogAway(string why);

    [LoggerMessage(LogLevel.Information, "The replica is read again")]
    private partial void LogBack();
}
