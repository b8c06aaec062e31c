using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace IotOrleans.Simulation;

/// <summary>
/// Which days are lived: so many, but no more than fit into a time; or one seed again. A part of every run is the ten
/// thousand that a machine at rest lives in half a minute, and on a busy one as many as it can.
/// </summary>
internal sealed record Plan(ulong First, int Count, TimeSpan LengthMax, int FailuresMax)
{
    private const int CountOfOneRun = 10_000;
    private static readonly TimeSpan LengthOfOneRun = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan Unbounded = TimeSpan.FromDays(1);

    /// <summary>IOT_SIMULATE_SEED, _DAYS, _MINUTES and _FAILURES, as ./test sets them.</summary>
    public static Plan FromEnvironment()
    {
        var failures = (int)(Number("IOT_SIMULATE_FAILURES") ?? 1);
        if (Number("IOT_SIMULATE_SEED") is { } seed)
            return new((ulong)seed, 1, Unbounded, failures);
        if (Number("IOT_SIMULATE_MINUTES") is { } minutes)
            return new(1, int.MaxValue, TimeSpan.FromMinutes(minutes), failures);
        return Number("IOT_SIMULATE_DAYS") is { } days
            ? new(1, (int)days, Unbounded, failures)
            : new(1, CountOfOneRun, LengthOfOneRun, failures);
    }

    public Report Run()
    {
        var watch = Stopwatch.StartNew();
        var (next, days, turns, ticks) = ((long)First - 1, 0, 0L, 0L);
        var broken = new ConcurrentBag<(Day Day, string What)>();
        Parallel.For(
            0,
            Math.Max(1, Math.Min(2, Environment.ProcessorCount)),
            _ =>
            {
                while (broken.Count < FailuresMax && watch.Elapsed < LengthMax && next < (long)First - 1 + Count)
                {
                    var day = Day.Of((ulong)Interlocked.Increment(ref next));
                    var outcome = World.Run(day);
                    Interlocked.Increment(ref days);
                    Interlocked.Add(ref turns, outcome.Turns);
                    Interlocked.Add(ref ticks, outcome.Ticks);
                    if (outcome.Broken.Count > 0)
                        broken.Add((day, outcome.Broken[0]));
                }
            }
        );
        var spent = watch.Elapsed;
        var summary = string.Create(
            CultureInfo.InvariantCulture,
            $"{days} days, {turns} turns in {spent.TotalSeconds:0.0} s: {days / spent.TotalMinutes:0} days a minute, "
                + $"{TimeSpan.FromTicks(ticks) / spent:0} times as fast as life"
        );
        return new(summary, broken.IsEmpty ? null : Explain([.. broken]));
    }

    private static string Explain((Day Day, string What)[] broken)
    {
        var kinds = broken.GroupBy(one => Shrinker.Kind(one.What)).OrderByDescending(kind => kind.Count());
        var list = kinds.Select(kind =>
            $"{kind.Count()} times, seeds {string.Join(' ', kind.Select(one => one.Day.Seed).Order().Take(8))}: "
            + kind.First().What.Split('\n')[0]
        );
        return $"{string.Join('\n', list)}\n\n{Shrinker.Explain(broken.MinBy(one => one.Day.Seed).Day)}";
    }

    private static long? Number(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
            ? long.Parse(text, CultureInfo.InvariantCulture)
            : null;
}

/// <param name="Failure">The first day that went wrong, made as short as it could be.</param>
internal sealed record Report(string Summary, string? Failure);
