using Microsoft.Extensions.Logging;
using Orleans.Hosting;

namespace Orleans.Runtime.Reminders;

/// <summary>
/// Knows which reminder is next and sleeps until then: one timer for all of them. The table is read at the start and
/// written through; ticks that fell due while everything was down are not made up for, the next one comes in its time.
/// </summary>
internal sealed partial class ReminderClock(
    GrainEngine engine,
    GrainEngineOptions options,
    TimeProvider clock,
    ILogger<ReminderClock> log,
    IReminderTable? table = null
) : IDisposable
{
    private static readonly TimeSpan TimerMax = TimeSpan.FromDays(20);

    private readonly Lock _gate = new();
    private readonly PriorityQueue<Entry, DateTimeOffset> _next = new();
    private readonly Dictionary<(GrainId, string), Entry> _known = [];
    private ITimer? _timer;

    private IReminderTable Table => table ?? throw new OrleansException("There is no reminder table.");

    public async Task Start(CancellationToken cancellation)
    {
        await Table.StartAsync(cancellation);
        _timer = clock.CreateTimer(_ => Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        foreach (var row in (await Table.ReadRows(0, 0)).Reminders)
            Schedule(row);
        SetTimer();
    }

    public void Stop() => _timer?.Dispose();

    public void Dispose() => _timer?.Dispose();

    public async Task<IGrainReminder> Register(GrainId grain, string name, TimeSpan dueTime, TimeSpan period)
    {
        if (period < options.ReminderPeriodMin)
            throw new ArgumentException(
                $"A reminder's period is at least {options.ReminderPeriodMin}.",
                nameof(period)
            );
        ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, TimeSpan.Zero);
        var row = new ReminderEntry(grain, name, (clock.GetUtcNow() + dueTime).UtcDateTime, period, "");
        row = row with { ETag = await Table.UpsertRow(row) };
        Schedule(row);
        SetTimer();
        return new Reminder(name, row.ETag);
    }

    public async Task Unregister(GrainId grain, IGrainReminder reminder)
    {
        if (!await Table.RemoveRow(grain, reminder.ReminderName, ((Reminder)reminder).ETag))
        {
            throw new OrleansException(
                $"Reminder '{reminder.ReminderName}' of {grain} was changed or removed by somebody else."
            );
        }
        lock (_gate)
            _known.Remove((grain, reminder.ReminderName));
    }

    public async Task<IGrainReminder?> Find(GrainId grain, string name) =>
        await Table.ReadRow(grain, name) is { } row ? new Reminder(name, row.ETag) : null;

    public async Task<List<IGrainReminder>> All(GrainId grain) =>
        [.. (await Table.ReadRows(grain)).Reminders.Select(row => new Reminder(row.ReminderName, row.ETag))];

    private void Schedule(ReminderEntry row)
    {
        var entry = new Entry(row);
        lock (_gate)
        {
            // An entry that was replaced stays in the queue and is passed over when its time comes.
            _known[(row.GrainId, row.ReminderName)] = entry;
            _next.Enqueue(entry, entry.NextAfter(clock.GetUtcNow() - TimeSpan.FromTicks(1)));
        }
    }

    private void SetTimer()
    {
        lock (_gate)
        {
            if (!_next.TryPeek(out _, out var at))
                return;
            var wait = at - clock.GetUtcNow();
            _timer?.Change(
                wait <= TimeSpan.Zero ? TimeSpan.Zero
                    : wait < TimerMax ? wait
                    : TimerMax,
                Timeout.InfiniteTimeSpan
            );
        }
    }

    private void Tick()
    {
        var now = clock.GetUtcNow();
        while (TakeDue(now) is var (entry, at) && entry is not null)
            _ = Fire(entry, at);
        SetTimer();
    }

    private (Entry? Entry, DateTimeOffset At) TakeDue(DateTimeOffset now)
    {
        lock (_gate)
        {
            while (_next.TryPeek(out var entry, out var at) && at <= now)
            {
                _next.Dequeue();
                if (_known.GetValueOrDefault((entry.Row.GrainId, entry.Row.ReminderName)) != entry)
                    continue;
                _next.Enqueue(entry, entry.NextAfter(now));
                return (entry, at);
            }
            return default;
        }
    }

    private async Task Fire(Entry entry, DateTimeOffset at)
    {
        if (!entry.TryBegin())
            return;
        try
        {
            var status = new TickStatus(entry.Row.StartAt, entry.Row.Period, at.UtcDateTime);
            await engine
                .Factory.GetGrain<IRemindable>(entry.Row.GrainId)
                .ReceiveReminder(entry.Row.ReminderName, status)
                .ConfigureAwait(false);
        }
#pragma warning disable CA1031 // A tick that fails is told to the log; the next one comes in its time.
        catch (Exception trouble)
#pragma warning restore CA1031
        {
            LogFailed(trouble, entry.Row.ReminderName, entry.Row.GrainId);
        }
        finally
        {
            entry.End();
        }
    }

    [LoggerMessage(LogLevel.Error, "Reminder {Name} of {Grain} failed")]
    private partial void LogFailed(Exception trouble, string name, GrainId grain);

    private sealed record Reminder(string ReminderName, string ETag) : IGrainReminder;

    private sealed class Entry(ReminderEntry row)
    {
        private int _firing;

        public ReminderEntry Row => row;

        /// <summary>One tick at a time: one that falls due while the last still runs is left out.</summary>
        public bool TryBegin() => Interlocked.Exchange(ref _firing, 1) == 0;

        public void End() => Volatile.Write(ref _firing, 0);

        public DateTimeOffset NextAfter(DateTimeOffset now)
        {
            var start = new DateTimeOffset(DateTime.SpecifyKind(row.StartAt, DateTimeKind.Utc));
            if (start > now)
                return start;
            var passed = (now - start).Ticks / row.Period.Ticks + 1;
            return start + TimeSpan.FromTicks(passed * row.Period.Ticks);
        }
    }
}
