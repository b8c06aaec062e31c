using System.Collections.Concurrent;
using IotOrleans.Events;
using IotOrleans.Incidents;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace IotOrleans.Journal;

/// <summary>
/// One writer for the whole process. Whoever finds it idle writes at once; what comes while a commit is under way goes
/// together into the next one. So a lone event waits for nobody, and under load one fsync serves hundreds.
/// A commit is waited for as long as one may take to connect and to be answered, by the settings of the connection;
/// after that its session is given up, whatever it hangs in, and the next commit has a new one.
/// </summary>
public sealed partial class GroupCommit(NpgsqlDataSource database, TimeProvider time, ILogger<GroupCommit> log)
    : IAsyncDisposable
{
    private const int BatchMax = 512;

    /// <summary>Entries that may wait; beyond this the journal says that it is unavailable.</summary>
    private const int WaitingMax = 50_000;

    private readonly ConcurrentQueue<PendingEntry> _waiting = new();
    private readonly TimeSpan _patience = Patience(database);
    private JournalSession _session = new(database);
    private long _failures;
    private int _length;
    private int _writing;

    public int Waiting => Volatile.Read(ref _length);

    public long Failures => Volatile.Read(ref _failures);

    public Task<JournalReply> Write(JournalEntry entry)
    {
        if (Interlocked.Increment(ref _length) > WaitingMax)
        {
            Interlocked.Decrement(ref _length);
            return Task.FromException<JournalReply>(
                new JournalUnavailableException("Too many entries wait for the journal.")
            );
        }
        var pending = new PendingEntry(entry);
        _waiting.Enqueue(pending);
        if (Interlocked.CompareExchange(ref _writing, 1, 0) == 0)
            _ = WriteAll();
        return pending.Reply.Task;
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    private static TimeSpan Patience(NpgsqlDataSource database)
    {
        var settings = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        // Zero is Npgsql's word for no end, and every wait here has one.
        return TimeSpan.FromSeconds(OrElse(settings.Timeout, 15) + OrElse(settings.CommandTimeout, 30));

        static int OrElse(int seconds, int usual) => seconds > 0 ? seconds : usual;
    }

    private async Task WriteAll()
    {
        do
        {
            while (Take() is { Count: > 0 } batch)
                await WriteBatch(batch).ConfigureAwait(false);
            Volatile.Write(ref _writing, 0);
            // Somebody may have come between the last look and the line above, and found us still busy.
        } while (!_waiting.IsEmpty && Interlocked.CompareExchange(ref _writing, 1, 0) == 0);
    }

    private List<PendingEntry> Take()
    {
        var batch = new List<PendingEntry>();
        while (batch.Count < BatchMax && _waiting.TryDequeue(out var pending))
            batch.Add(pending);
        Interlocked.Add(ref _length, -batch.Count);
        return batch;
    }

    private async Task WriteBatch(List<PendingEntry> batch)
    {
        var commit = Commit(_session, batch);
        try
        {
            await commit.WaitAsync(_patience, time).ConfigureAwait(false);
        }
        catch (Exception trouble) when (batch.Count > 1 && !IsUnavailable(trouble))
        {
            // One entry spoils the statement for all: each on its own, so that only that one is refused.
            foreach (var pending in batch)
                await WriteBatch([pending]).ConfigureAwait(false);
        }
        catch (Exception trouble)
        {
            if (IsUnavailable(trouble))
            {
                LogUnavailable(batch.Count, trouble.Message);
                Interlocked.Add(ref _failures, batch.Count);
                _ = GiveUp(_session, commit);
                _session = new(database);
                // A session that was made read-only stays so: the others in the pool are as bad.
                if (trouble is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction })
                    database.Clear();
                trouble = new JournalUnavailableException("The journal is unavailable.", trouble);
            }
            foreach (var pending in batch)
                pending.Reply.TrySetException(trouble);
        }
    }

    private bool IsUnavailable(Exception trouble) => DatabaseTrouble.Is(trouble) || _session.IsBroken;

    /// <summary>Nobody waits for this: what its commit hangs in may take its time to end.</summary>
    private async Task GiveUp(JournalSession session, Task commit)
    {
        try
        {
            await commit.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await session.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception trouble)
        {
            LogLeft(trouble.Message);
        }
    }

    private static async Task Commit(JournalSession session, List<PendingEntry> batch)
    {
        var connection = await session.Connection().ConfigureAwait(false);
        var written = await JournalStatement.Execute(connection, batch).ConfigureAwait(false);
        var repeated = written.Repeated(batch);
        var known =
            repeated.Count > 0
                ? await JournalStatement.KnownIncidents(connection, repeated).ConfigureAwait(false)
                : null;
        foreach (var pending in batch)
            Answer(pending, written, known);
    }

    private static void Answer(
        PendingEntry pending,
        WrittenRows written,
        Dictionary<(string, string), IncidentId[]>? known
    )
    {
        var entry = pending.Entry;
        if (entry.Event is { Event: var occurred } && !written.Has(pending))
        {
            var incidents = known?.GetValueOrDefault((occurred.EventId, occurred.DeviceId.Value)) ?? [];
            pending.Reply.TrySetResult(new(Duplicate: true, incidents));
        }
        else if (!written.HasAll(entry))
            pending.Reply.TrySetException(new StaleOwnerException());
        else
            pending.Reply.TrySetResult(new(Duplicate: false, entry.IncidentIds));
    }

    [LoggerMessage(LogLevel.Error, "{Count} entries could not be made durable: {Reason}")]
    private partial void LogUnavailable(int count, string reason);

    [LoggerMessage(LogLevel.Warning, "A session of the journal was left as it was: {Reason}")]
    private partial void LogLeft(string reason);
}

internal sealed class PendingEntry(JournalEntry entry)
{
    public JournalEntry Entry => entry;

    public TaskCompletionSource<JournalReply> Reply { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
