using System.Globalization;

namespace IotOrleans.Bench;

/// <summary>What Linux knows of a process and of all below it (proc(5)).</summary>
internal static class Proc
{
    // USER_HZ, which is 100 wherever .NET runs on Linux.
    private const double MicrosecondsPerTick = 10_000;

    /// <summary>
    /// Processor time so far in microseconds, user and system, of the process, its living children and theirs, and of
    /// those that have ended and were waited for.
    /// </summary>
    public static double Cpu(int process) => Tree(process).Sum(Ticks) * MicrosecondsPerTick;

    /// <summary>Resident memory in bytes of the one process.</summary>
    public static long Resident(int process) => Status(process, "VmRSS:");

    /// <summary>The most that was ever resident of it, in bytes.</summary>
    public static long Peak(int process) => Status(process, "VmHWM:");

    /// <summary>From now on the peak is that of now.</summary>
    public static void ForgetPeak(int process) => File.WriteAllText($"/proc/{process}/clear_refs", "5");

    private static long Status(int process, string name)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith(name, Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)
            * 1024;
    }

    private const StringComparison Ordinal = StringComparison.Ordinal;

    private static IEnumerable<int> Tree(int process)
    {
        var below = Stats().ToLookup(stat => stat.Parent, stat => stat.Process);
        return Under(process);

        IEnumerable<int> Under(int top) => below[top].SelectMany(Under).Prepend(top);
    }

    private static IEnumerable<(int Process, int Parent)> Stats()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var process) && Fields(process) is { } fields)
                yield return (process, int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
    }

    // Fields 14 to 17 of stat: utime, stime, cutime, cstime.
    private static long Ticks(int process) =>
        Fields(process) is { } fields
            ? fields[11..15].Sum(ticks => long.Parse(ticks, CultureInfo.InvariantCulture))
            : 0;

    /// <summary>The fields after the name, which may hold anything; null when it is gone.</summary>
    private static string[]? Fields(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
