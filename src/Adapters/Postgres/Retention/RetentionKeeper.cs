using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IotOrleans.Retention;

/// <summary>
/// Removes what is old, once an hour, a batch at a time and never for more than half of the time, so that nobody waits
/// for it: a batch is a transaction of its own, skips what somebody else holds, and is over before a reader of the
/// feed would give up. What was not done in its time, or failed, goes on in the next hour.
/// </summary>
public sealed partial class RetentionKeeper(
    NpgsqlDataSource database,
    IOptions<RetentionOptions> options,
    RetentionFigures figures,
    TimeProvider clock,
    ILogger<RetentionKeeper> log
) : BackgroundService, IHealthPart
{
    public static readonly TimeSpan First = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan Period = TimeSpan.FromHours(1);

    /// <summary>For one kind of rows in one hour.</summary>
    private static readonly TimeSpan TimeMax = TimeSpan.FromMinutes(10);

    /// <summary>One that has not worked for so long is told as a part that is away.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromDays(1);

    private readonly DateTimeOffset _since = clock.GetUtcNow();
    private long _workedAt;
    private volatile string? _trouble;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var wait = First; ; wait = Period)
        {
            await Task.Delay(wait, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested)
                return;
            await Work(stoppingToken);
        }
    }

    public ValueTask<PartHealth> Check(CancellationToken cancellation)
    {
        DateTimeOffset? worked = Volatile.Read(ref _workedAt) is > 0 and var ticks ? new(ticks, TimeSpan.Zero) : null;
        return new(
            clock.GetUtcNow() - (worked ?? _since) > Patience
                ? new PartHealth("retention", PartStatus.Down, Needed: false, _trouble ?? "does not work")
                : new PartHealth("retention", PartStatus.Up, Needed: false, _trouble ?? worked?.ToString("u"))
        );
    }

    /// <summary>Removes all that is old by now, or as much as there is time for.</summary>
    public async Task Work(CancellationToken stop)
    {
        var (failed, behind) = (0, 0);
        foreach (var (rows, days) in Kinds().Where(kind => kind.Days > 0))
        {
            try
            {
                if (!await new RetentionWalk(database, figures, clock, TimeMax).Clear(rows, days, stop))
                    behind++;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            // Also what the database refuses, such as by a reference that somebody has made to our rows.
            catch (Exception trouble) when (trouble is NpgsqlException || DatabaseTrouble.Is(trouble))
            {
                failed++;
                _trouble = $"{rows.Tables[0]}: {trouble.Message}";
                figures.Failed();
                LogFailed(rows.Tables[0], trouble.Message);
            }
        }
        figures.Behind(behind);
        if (behind > 0)
            LogBehind(behind);
        if (failed > 0)
            return;
        _trouble = null;
        Volatile.Write(ref _workedAt, clock.GetUtcNow().UtcTicks);
        figures.Worked(clock.GetUtcNow());
    }

    private (OldRows Rows, int Days)[] Kinds()
    {
        var days = options.Value;
        return
        [
            (OldRows.Postings, days.EventDays),
            (OldRows.Incidents, days.EventDays),
            (OldRows.Calls, days.EventDays),
            (OldRows.Events, days.EventDays),
            (OldRecords.Cdrs, days.CdrDays),
            (OldRecords.SwitchCdrs, days.CdrDays),
            (OldRecords.Audit, days.AuditDays),
            (OldMasks.ImportLines, days.ImportDays),
            (OldMasks.ImportRejects, days.ImportDays),
            (OldMasks.Imports, days.ImportDays),
            (OldMasks.Masks, days.MaskDays),
            (OldMasks.Sessions, days.MaskDays),
        ];
    }

    [LoggerMessage(LogLevel.Warning, "Old rows of {Table} stay for another hour: {Reason}")]
    private partial void LogFailed(string table, string reason);

    [LoggerMessage(LogLevel.Warning, "Old rows of {Count} tables are left for the next hour: there was no more time")]
    private partial void LogBehind(int count);
}
