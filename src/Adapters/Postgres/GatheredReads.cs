using System.Collections.Concurrent;

namespace IotOrleans.Postgres;

/// <summary>
/// Rows that are asked for one by one at the same time are read by one select. Whoever finds a lane free reads at once;
/// what comes while all lanes are busy goes together into the next one. So a lone read waits for nobody, and a crowd
/// that wakes takes a few round trips and no more connections than there are lanes. When the lanes are not answered one
/// more is opened: connections that went dead must not keep the rest waiting when the database is there again.
/// </summary>
/// <param name="select">Reads the rows of these keys; what it does not give does not exist.</param>
/// <param name="clock">The system's when it is left out.</param>
internal sealed class GatheredReads<TKey, TRow>(
    Func<List<TKey>, Task<Dictionary<TKey, TRow>>> select,
    TimeProvider? clock = null
)
    where TKey : notnull
    where TRow : class
{
    /// <summary>Selects under way at one moment: one that works, and one whose answer is on its way.</summary>
    private const int LanesMax = 2;

    /// <summary>Lanes that may be opened beside those that are not answered.</summary>
    private const int MoreLanesMax = 14;

    /// <summary>An answer that takes longer may never come.</summary>
    private static readonly TimeSpan Prompt = TimeSpan.FromSeconds(1);

    /// <summary>Rows of one select.</summary>
    private const int BatchMax = 256;

    /// <summary>Reads that may wait; a crowd beyond this is told that the database does not keep up.</summary>
    private const int WaitingMax = 1_000_000;

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly ConcurrentQueue<Pending> _waiting = new();
    private long _lastMove;
    private int _length;
    private int _lanes;

    /// <summary>Null when there is no such row.</summary>
    /// <exception cref="TimeoutException">Too many others wait.</exception>
    public Task<TRow?> Read(TKey key)
    {
        if (Interlocked.Increment(ref _length) > WaitingMax)
        {
            Interlocked.Decrement(ref _length);
            return Task.FromException<TRow?>(new TimeoutException("Too many rows wait to be read."));
        }
        var pending = new Pending(key);
        _waiting.Enqueue(pending);
        if (TryTakeLane())
            _ = ReadAll();
        return pending.Found.Task;
    }

    private bool TryTakeLane()
    {
        var lanes = Interlocked.Increment(ref _lanes);
        if (lanes <= LanesMax || (lanes <= LanesMax + MoreLanesMax && IsStuck()))
            return true;
        Interlocked.Decrement(ref _lanes);
        return false;
    }

    // Whoever sees it opens a lane, and nobody else for as long again.
    private bool IsStuck()
    {
        var last = Volatile.Read(ref _lastMove);
        return _clock.GetElapsedTime(last) > Prompt
            && Interlocked.CompareExchange(ref _lastMove, _clock.GetTimestamp(), last) == last;
    }

    private async Task ReadAll()
    {
        do
        {
            while (Take() is { Count: > 0 } batch)
                await ReadBatch(batch).ConfigureAwait(false);
            Interlocked.Decrement(ref _lanes);
            // Somebody may have come between the last look and the line above, and found no lane.
        } while (!_waiting.IsEmpty && TryTakeLane());
    }

    private List<Pending> Take()
    {
        var batch = new List<Pending>();
        while (batch.Count < BatchMax && _waiting.TryDequeue(out var pending))
            batch.Add(pending);
        Interlocked.Add(ref _length, -batch.Count);
        Volatile.Write(ref _lastMove, _clock.GetTimestamp());
        return batch;
    }

    private async Task ReadBatch(List<Pending> batch)
    {
        try
        {
            var keys = batch.Count == 1 ? [batch[0].Key] : batch.Select(pending => pending.Key).Distinct().ToList();
            var found = await select(keys).ConfigureAwait(false);
            foreach (var pending in batch)
                pending.Found.TrySetResult(found.GetValueOrDefault(pending.Key));
        }
#pragma warning disable CA1031 // Whatever went wrong belongs to those who asked.
        catch (Exception trouble)
#pragma warning restore CA1031
        {
            foreach (var pending in batch)
                pending.Found.TrySetException(trouble);
        }
    }

    private sealed class Pending(TKey key)
    {
        public TKey Key => key;

        public TaskCompletionSource<TRow?> Found { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
