using System.Runtime.InteropServices;
using IotOrleans.Bench;

// [NAME ...] [--quick] [--results FOLDER]; --inside NAME is how a bench runs a part of itself in a fresh process.
if (args is ["--inside", var part, .. var rest])
    return await Inside.Run(part, rest);

var known = new Dictionary<string, Func<Scene, IBench>>
{
#if !ORLEANS
    ["engine"] = scene => new EngineBench(scene),
    ["dispatch"] = scene => new DispatchBench(scene),
#else
    ["cluster"] = scene => new ClusterBench(scene),
#endif
    ["events"] = scene => new EventBench(scene),
    ["alarms"] = scene => new AlarmBench(scene),
    ["rings"] = scene => new RingBench(scene),
    ["devices"] = scene => new DeviceBench(scene),
    ["masks"] = scene => new MaskBench(scene),
    ["grow"] = scene => new GrowBench(scene),
    ["start"] = scene => new StartBench(scene),
    ["overload"] = scene => new OverloadBench(scene),
    ["soak"] = scene => new SoakBench(scene),
};

// They take long, and their answer is no ratio.
string[] onlyWhenNamed = ["overload", "soak"];
var quick = args.Contains("--quick");
var folder = Array.IndexOf(args, "--results") is >= 0 and var at ? args[at + 1] : null;
var names = args.Where(arg => !arg.StartsWith("--", StringComparison.Ordinal) && arg != folder).ToList();
if (names.FirstOrDefault(name => !known.ContainsKey(name)) is { } unknown)
{
    await Console.Error.WriteLineAsync($"There is no bench {unknown}: {string.Join(", ", known.Keys)}");
    return 2;
}

using var stop = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
await using var lab = await Lab.Open();
AppDomain.CurrentDomain.ProcessExit += (_, _) => ServerProcess.KillAll();
AppDomain.CurrentDomain.UnhandledException += (_, _) => ServerProcess.KillAll();
var failed = false;
foreach (var name in names.Count > 0 ? names : [.. known.Keys.Except(onlyWhenNamed)])
{
    Console.WriteLine($"== {name}");
    try
    {
        var report = new Report();
        await known[name](new(lab, report, quick)).Run().WaitAsync(stop.Token);
        // A look is not worth keeping.
        if (folder is not null && !quick)
            report.Keep(Path.Combine(folder, $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd}-{name}.txt"));
    }
    catch (OperationCanceledException) when (stop.IsCancellationRequested)
    {
        return 130;
    }
    // Told whole; the others are still worth their time.
#pragma warning disable CA1031
    catch (Exception trouble)
#pragma warning restore CA1031
    {
        await Console.Error.WriteLineAsync($"{name} failed: {trouble}");
        ServerProcess.KillAll();
        failed = true;
    }
}
return failed ? 1 : 0;

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
