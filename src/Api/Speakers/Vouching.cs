using Microsoft.Extensions.Hosting;

namespace IotOrleans.Speakers;

/// <summary>
/// Says to the grains of connected speakers that their connections are still open: each once in a round, and a round
/// is a third of what a grain waits. The connections are spread over the seconds of the round, so that many are no
/// burst.
/// </summary>
public sealed class Vouching(FrontEnd frontEnd, TimeProvider clock) : BackgroundService
{
    private const int RoundSeconds = 120;

    /// <summary>
    /// When a silo went away, or a grain could not be asked, a ring must not wait minutes for its speaker.
    /// </summary>
    private const int HurriedSeconds = 2;
    private const int ParallelMax = 16;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var bound = new ParallelOptions { MaxDegreeOfParallelism = ParallelMax, CancellationToken = stoppingToken };
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1), clock);
        var start = clock.GetTimestamp();
        var done = 0L;
        while (await second.WaitForNextTickAsync(stoppingToken))
        {
            // More than one second when the process stood still: nobody is left out.
            var now = (long)clock.GetElapsedTime(start).TotalSeconds;
            var (from, until) = (done, now);
            var due = frontEnd.Connections.Where(connection => IsDue(connection, from, until));
            await Parallel.ForEachAsync(due, bound, async (connection, _) => await frontEnd.Vouch(connection));
            done = now;
        }
    }

    /// <summary>Whether the connection's second of the round came between the two times.</summary>
    private bool IsDue(SpeakerConnection connection, long after, long until)
    {
        var round = frontEnd.IsInHurry || connection.IsUnsure ? HurriedSeconds : RoundSeconds;
        var second = (uint)connection.Id.GetHashCode() % round;
        return Rounds(until) > Rounds(after);

        long Rounds(long time) => time < second ? 0 : ((time - second) / round) + 1;
    }
}
