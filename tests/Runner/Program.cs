using System.Diagnostics;
using System.Runtime.InteropServices;
using IotOrleans.Tests;

// Arguments, as ./test gives them: folder of the built projects, configuration, folder for the reports, names of the
// projects; "/alone" behind a name keeps everything else from running beside it.
if (args is not [var bin, var configuration, var reports, .. var names])
{
    await Console.Error.WriteLineAsync("This program is started by ./test.");
    return 2;
}

using var interrupted = new CancellationTokenSource();
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);

Directory.CreateDirectory(reports);
var started = Stopwatch.GetTimestamp();
await using var postgres = Environment.GetEnvironmentVariable("IOT_TEST_PG") is { Length: > 0 } given
    ? new TestServer(given, null, null)
    : await TestServer.Start(interrupted.Token);

var all = names.Select(name => TestProject.From(name, bin, configuration, reports, postgres.ConnectionString)).ToList();
var outcomes = new List<TestOutcome>();
var two = new ParallelOptions { MaxDegreeOfParallelism = 2 };
await Parallel.ForEachAsync(all.Where(project => !project.RunsAlone), two, (project, _) => Run(project));
foreach (var project in all.Where(project => project.RunsAlone))
{
    await Run(project);
}

foreach (var outcome in outcomes.OrderBy(outcome => outcome.Project))
{
    outcome.PrintTrouble();
}
var (passed, failed, skipped) = (
    outcomes.Sum(o => o.Passed),
    outcomes.Sum(o => o.Failed),
    outcomes.Sum(o => o.Skipped)
);
Console.WriteLine($"{all.Count} projects in {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s");
Console.WriteLine($"{passed} passed, {failed} failed, {skipped} skipped");
return failed == 0 && passed > 0 ? 0 : 1;

async ValueTask Run(TestProject project)
{
    var outcome = await project.Run(interrupted.Token);
    lock (outcomes)
    {
        outcomes.Add(outcome);
        Console.WriteLine(outcome.Headline);
    }
}

void Interrupt(PosixSignalContext signal)
{
    // The projects end first, then the database: the rest of this program does that in order.
    signal.Cancel = true;
    interrupted.Cancel();
}
