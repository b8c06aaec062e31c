using System.Diagnostics;
using System.Threading.Channels;

namespace IotOrleans.Bench;

/// <summary>What became of the requests of one class; times in microseconds since they were due.</summary>
internal sealed class Fates
{
    private readonly List<double> _good = [];
    private readonly List<double> _refused = [];
    private readonly Lock _gate = new();

    public int Unsent { get; private set; }

    public int Good => _good.Count;

    public int Refused => _refused.Count;

    public double GoodAt(double share) => At(_good, share);

    public double RefusedAt(double share) => At(_refused, share);

    public void Sent(int status, double took)
    {
        if (status is not (200 or 202 or 429 or 503))
            throw new InvalidOperationException($"The server answered {status}.");
        lock (_gate)
            (status < 300 ? _good : _refused).Add(took);
    }

    public void Missed()
    {
        lock (_gate)
            Unsent++;
    }

    private static double At(List<double> times, double share)
    {
        if (times.Count == 0)
            return 0;
        var sorted = times.ToArray();
        Array.Sort(sorted);
        return Percentile.Of(sorted, share);
    }
}

/// <summary>
/// Requests come when they are due, whether or not the earlier ones are answered. There are only so many lines: what
/// finds none free is counted as not sent.
/// </summary>
internal sealed class OpenLoop : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5);

    private readonly Channel<HttpLine> _free = Channel.CreateUnbounded<HttpLine>();
    private readonly List<HttpLine> _all = [];

    public static async Task<OpenLoop> Open(int port, int lines)
    {
        var loop = new OpenLoop();
        for (var line = 0; line < lines; line++)
        {
            loop._all.Add(await HttpLine.Open(port));
            loop._free.Writer.TryWrite(loop._all[^1]);
        }
        return loop;
    }

    /// <param name="next">A request and the fates of its class.</param>
    public async Task Run(double rate, TimeSpan time, Func<(byte[] Request, Fates Fates)> next)
    {
        var asked = new List<Task>();
        using var timer = new PeriodicTimer(Tick);
        var watch = Stopwatch.StartNew();
        var sent = 0;
        while (watch.Elapsed < time)
        {
            for (var due = (int)(watch.Elapsed.TotalSeconds * rate); sent < due; sent++)
            {
                var (request, fates) = next();
                if (_free.Reader.TryRead(out var line))
                    asked.Add(Ask(line, request, fates));
                else
                    fates.Missed();
            }
            await timer.WaitForNextTickAsync();
        }
        await Task.WhenAll(asked);
    }

    public void Dispose() => _all.ForEach(line => line.Dispose());

    private async Task Ask(HttpLine line, byte[] request, Fates fates)
    {
        var began = Stopwatch.GetTimestamp();
        var status = await line.Ask(request);
        fates.Sent(status, Stopwatch.GetElapsedTime(began).TotalMicroseconds);
        _free.Writer.TryWrite(line);
    }
}
