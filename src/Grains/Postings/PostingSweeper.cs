using IotOrleans.Events;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Postings;

/// <summary>Wakes postings whose time has come: a timer dies with its silo, a stored time does not.</summary>
public sealed partial class PostingSweeper(
    IPostingBook book,
    IGrainFactory grains,
    TimeProvider clock,
    ILogger<PostingSweeper> log
) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    /// <summary>The most that one look takes up; the most urgent come first.</summary>
    private const int Batch = 1_000;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                // A little late, so that the timer of a grain that is awake comes first.
                foreach (var id in await book.ReadDue(clock.GetUtcNow() - Period, Batch))
                    await grains.Posting(id).Wake();
            }
            catch (Exception trouble)
                when (trouble is JournalUnavailableException or TimeoutException or OrleansException)
            {
                LogUnavailable(trouble.Message);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Postings that are due cannot be read now: {Reason}")]
    private partial void LogUnavailable(string reason);
}
