using IotOrleans.Events;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NpgsqlTypes;

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
    private static readonly TimeSpan LookMax = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LeaveAlone = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();

    // What the copy must have before it is read; null when it has all that was written here.
    private NpgsqlLogSequenceNumber? _written;

    // Something was written, and how far the copy has to be is not known.
    private bool _isUnknown;

    // Null: nobody has looked yet.
    private bool? _isAway;
    private bool _isLooking;
    private long _nextLook;

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
        // Also what only a copy says: that a row is needed which was removed meanwhile, or that it has not yet the
        // tables of this version.
        catch (Exception trouble)
            when (trouble is JournalUnavailableException or PostgresException { SqlState: ['4', '2', ..] })
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
        lock (_gate)
        {
            // One looks; what the others do meanwhile goes by what is known.
            if (_isLooking || clock.GetTimestamp() < _nextLook)
                return IsFit ? copy : database;
            _isLooking = true;
        }
        try
        {
            await Look(copy, cancellation);
        }
        finally
        {
            lock (_gate)
                _isLooking = false;
        }
        lock (_gate)
            return IsFit ? copy : database;
    }

    /// <summary>Something was committed here: nothing older is read from now on.</summary>
    public async Task Wrote()
    {
        if (copy is null)
            return;
        try
        {
            Lacks(await Position());
        }
        catch (JournalUnavailableException)
        {
            lock (_gate)
                _isUnknown = true;
        }
    }

    public async ValueTask<PartHealth> Check(CancellationToken cancellation)
    {
        const string Instead = "the database is read instead";
        try
        {
            // Who has no copy has no such part.
            var (follows, _) = await Ask(copy!, null, cancellation);
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

    private bool IsFit => _isAway == false && !_isUnknown && _written is null;

    private async Task Look(NpgsqlDataSource copy, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(LookMax, clock);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            bool isUnknown;
            NpgsqlLogSequenceNumber? written;
            lock (_gate)
                (isUnknown, _isUnknown) = (_isUnknown, false);
            if (isUnknown)
                await Wrote();
            lock (_gate)
                written = _written;
            var (follows, hasWritten) = await Ask(copy, written, until.Token);
            if (follows)
                Follows(hasWritten, written);
            else
                GoesAway("it follows nobody");
        }
        catch (JournalUnavailableException trouble)
        {
            GoesAway(trouble.InnerException?.Message ?? trouble.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            GoesAway("it does not answer");
        }
    }

    private void Follows(bool hasWritten, NpgsqlLogSequenceNumber? written)
    {
        bool? wasAway;
        lock (_gate)
        {
            if (hasWritten && _written == written)
                _written = null;
            (wasAway, _isAway) = (_isAway, false);
            // As long as it lacks something of ours it is asked each time.
            _nextLook = After(_written is null ? LookEvery : TimeSpan.Zero);
        }
        if (wasAway == true)
            LogBack();
    }

    private void Lacks(NpgsqlLogSequenceNumber position)
    {
        lock (_gate)
        {
            // Who has committed later may have been told sooner.
            if (_written is null || position > _written)
                _written = position;
            if (_isAway == false)
                _nextLook = After(TimeSpan.Zero);
        }
    }

    private void GoesAway(string why)
    {
        bool? wasAway;
        lock (_gate)
        {
            (wasAway, _isAway) = (_isAway, true);
            _nextLook = After(LeaveAlone);
        }
        if (wasAway != true)
            LogAway(why);
    }

    private long After(TimeSpan time) => clock.GetTimestamp() + (long)(time.TotalSeconds * clock.TimestampFrequency);

    private Task<NpgsqlLogSequenceNumber> Position() =>
        Select.One(
            database,
            "select pg_current_wal_insert_lsn()",
            row => row.GetFieldValue<NpgsqlLogSequenceNumber>(0),
            CancellationToken.None
        );

    private static async Task<(bool Follows, bool HasWritten)> Ask(
        NpgsqlDataSource copy,
        NpgsqlLogSequenceNumber? written,
        CancellationToken cancellation
    ) =>
        await Select.One(
            copy,
            Fit,
            row => (row.GetBoolean(0), !row.IsDBNull(1) && row.GetBoolean(1)),
            cancellation,
            written?.ToString()
        );

    [LoggerMessage(LogLevel.Warning, "The replica is not read: {Why}. The database is read instead")]
    private partial void LogAway(string why);

    [LoggerMessage(LogLevel.Information, "The replica is read again")]
    private partial void LogBack();
}
