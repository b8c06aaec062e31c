using System.Diagnostics;

namespace IotOrleans.Bench;

/// <summary>What one round gave; times in microseconds, processor time for each request.</summary>
internal sealed record Round(double Rate, double P50, double P99, double Cpu, double DatabaseCpu);

/// <summary>Times in microseconds, sorted.</summary>
internal static class Percentile
{
    public static double Of(double[] sorted, double share) =>
        sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];
}

/// <summary>A closed loop: so many callers, each asks again when it has its answer.</summary>
internal static class Load
{
    /// <summary>
    /// Until the runtime has compiled what is used most for the last time: it begins anew when it sees new code, and
    /// on a busy machine it is late.
    /// </summary>
    public static async Task Warm(ServerProcess server, int database, TimeSpan time, Func<byte[]> request)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < time)
            await Run(server, database, 64, 640, request);
    }

    /// <summary>
    /// Until the server has done what it does after its answers: less than a fifth of a core, or ten seconds are over
    /// and it is what the server always does.
    /// </summary>
    public static async Task Settle(ServerProcess server)
    {
        var pause = TimeSpan.FromMilliseconds(250);
        var watch = Stopwatch.StartNew();
        double used;
        do
        {
            var cpu = Proc.Cpu(server.Id);
            await Task.Delay(pause);
            used = Proc.Cpu(server.Id) - cpu;
        } while (used > pause.TotalMicroseconds / 5 && watch.Elapsed < TimeSpan.FromSeconds(10));
    }

    public static async Task<Round> Run(
        ServerProcess server,
        int database,
        int callers,
        int requests,
        Func<byte[]> request
    )
    {
        var lines = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => HttpLine.Open(server.Port)));
        var times = new double[requests];
        var next = -1;
        var (cpu, databaseCpu) = (Proc.Cpu(server.Id), Proc.Cpu(database));
        var watch = Stopwatch.StartNew();
        try
        {
            await Task.WhenAll(lines.Select(line => Task.Run(() => Ask(line))));
            var took = watch.Elapsed;
            (cpu, databaseCpu) = (Proc.Cpu(server.Id) - cpu, Proc.Cpu(database) - databaseCpu);
            Array.Sort(times);
            return new(
                requests / took.TotalSeconds,
                Percentile.Of(times, 0.50),
                Percentile.Of(times, 0.99),
                cpu / requests,
                databaseCpu / requests
            );
        }
        finally
        {
            Array.ForEach(lines, line => line.Dispose());
        }

        async Task Ask(HttpLine line)
        {
            for (int mine; (mine = Interlocked.Increment(ref next)) < requests; )
            {
                var bytes = request();
                var began = Stopwatch.GetTimestamp();
                var status = await line.Ask(bytes);
                times[mine] = Stopwatch.GetElapsedTime(began).TotalMicroseconds;
                if (status is not (200 or 202))
                    throw new InvalidOperationException($"The server answered {line.Answer}");
            }
        }
    }
}
