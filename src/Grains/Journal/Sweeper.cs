using IotOrleans.Events;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Journal;

/// <summary>
/// Finds what is overdue and wakes it: a timer dies with its silo, a stored time does not. After a start, and after
/// entries that could not be written, it wakes everything that is open, so that nobody waits for a lost report.
/// </summary>
public sealed partial class Sweeper(IJournal journal, IGrainFactory grains, TimeProvider clock, ILogger<Sweeper> log)
    : BackgroundService
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>The most that one look takes up; the most urgent come first.</summary>
    private const int Batch = 50_000;

    /// <summary>Who was woken is given this long before being woken again for the same reason.</summary>
    private static readonly TimeSpan Respite = TimeSpan.FromSeconds(10);

    private Dictionary<Guid, DateTimeOffset> _woken = [];
    private long _failedReads;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        var recovered = false;
        var failures = 0L;
        do
        {
            try
            {
                // Who could not write a report has not passed it on: each is asked again, as after a start.
                recovered &= failures == journal.FailedWrites;
                failures = journal.FailedWrites;
                if (!recovered)
                    await WakeEverythingOpen(stoppingToken);
                recovered = true;
                await Sweep();
            }
            catch (Exception trouble)
                when (trouble is JournalUnavailableException or TimeoutException or OrleansException)
            {
                recovered &= trouble is not JournalUnavailableException;
                LogUnavailable(trouble.Message);
            }
        } while (await Next(timer, stoppingToken));
    }

    /// <summary>Wakes what is overdue now, each once in a while however often it is found.</summary>
    public async Task Sweep()
    {
        var now = clock.GetUtcNow();
        // Who was woken and could not read what he is has not been looked after.
        if (_failedReads != journal.FailedReads)
            (_woken, _failedReads) = ([], journal.FailedReads);
        var overdue = await journal.ReadOverdue(now, Batch);
        var woken = new Dictionary<Guid, DateTimeOffset>();
        foreach (var incident in overdue.Incidents)
        {
            if (MayBeWoken(incident.Value, now, woken))
                await grains.Incident(incident).Wake();
        }
        foreach (var leg in overdue.Legs)
        {
            if (MayBeWoken(leg.Value, now, woken))
                await grains.CallLeg(leg).Wake();
        }
        // Only what is still overdue is remembered, so this does not grow.
        _woken = woken;
    }

    private bool MayBeWoken(Guid id, DateTimeOffset now, Dictionary<Guid, DateTimeOffset> woken)
    {
        var last = _woken.GetValueOrDefault(id, DateTimeOffset.MinValue);
        var again = last + Respite <= now;
        woken[id] = again ? now : last;
        return again;
    }

    /// <summary>Wakes all that runs; for a start, and for a silo that died with reports in its hands.</summary>
    public async Task WakeEverythingOpen(CancellationToken cancellation)
    {
        await foreach (var incident in journal.ReadOpenIncidents(cancellation))
            await grains.Incident(incident).Wake();
        await WakeLivingLegs(cancellation);
    }

    /// <summary>Wakes every leg that is not over; for a switch that was away.</summary>
    public async Task WakeLivingLegs(CancellationToken cancellation)
    {
        await foreach (var leg in journal.ReadLivingLegs(cancellation))
            await grains.CallLeg(leg).Wake();
    }

    private static async Task<bool> Next(PeriodicTimer timer, CancellationToken stopping)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "What is overdue cannot be read now: {Reason}")]
    private partial void LogUnavailable(string reason);
}
