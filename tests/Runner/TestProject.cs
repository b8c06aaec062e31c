using System.Diagnostics;

namespace IotOrleans.Tests;

/// <summary>One test program: started, watched to its end, and judged by the report it wrote.</summary>
internal sealed record TestProject(string Name, bool RunsAlone, string Program, string Report, string Postgres)
{
    private const string Alone = "/alone";
    private static readonly TimeSpan RunMax = TimeSpan.FromMinutes(40);

    private string Log => Path.ChangeExtension(Report, ".log");

    public static TestProject From(string name, string bin, string configuration, string reports, string postgres)
    {
        var project = name.Replace(Alone, "", StringComparison.Ordinal);
        return new(
            project,
            name.EndsWith(Alone, StringComparison.Ordinal),
            Path.Combine(bin, project, configuration, project + ".dll"),
            Path.Combine(reports, project + ".xml"),
            postgres
        );
    }

    public async Task<TestOutcome> Run(CancellationToken interrupted)
    {
        File.Delete(Report);
        var started = Stopwatch.GetTimestamp();
        var trouble = await RunToItsEnd(interrupted);
        return TestOutcome.From(Name, Stopwatch.GetElapsedTime(started), Report, Log, trouble);
    }

    /// <returns>What went wrong with the program as a whole, if anything did.</returns>
    private async Task<string?> RunToItsEnd(CancellationToken interrupted)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        deadline.CancelAfter(RunMax);
        // Everything it prints goes to its log; a pipe that nobody empties would stop it.
        string[] shell = ["-c", "log=$1; shift; exec \"$@\" >\"$log\" 2>&1 </dev/null", "sh", Log];
        var start = new ProcessStartInfo("/bin/sh", [.. shell, "dotnet", Program, "-xml", Report, "-nocolor"]);
        start.Environment["IOT_TEST_PG"] = Postgres;
        using var process = Process.Start(start)!;
        try
        {
            await process.WaitForExitAsync(deadline.Token);
            // 0 says that all passed and 1 that some did not, which the report tells better.
            return process.ExitCode is 0 or 1 ? null : $"ended with {process.ExitCode}";
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return interrupted.IsCancellationRequested ? "was interrupted" : $"did not end within {RunMax}";
        }
    }
}
