using System.Diagnostics;
using System.Text.RegularExpressions;

namespace IotOrleans.Planted;

/// <summary>A copy of the house in which bugs are planted, one at a time, and pulled out again.</summary>
internal sealed partial class Field(string root)
{
    private const string Configuration = "Release";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>Form is not judged here, and costs as much as the rest.</summary>
    private static readonly string[] Quick =
    [
        "-c",
        Configuration,
        "-v",
        "quiet",
        "--nologo",
        "-p:GrainEngine=Embedded",
        "-p:RunAnalyzers=false",
        "-p:EnforceCodeStyleInBuild=false",
        "-p:GenerateDocumentationFile=false",
    ];

    /// <returns>What the compiler said when it did not build.</returns>
    public async Task<string?> Build(string project, params string[] more)
    {
        var (code, said) = await Run("dotnet", ["build", Path.Combine(root, project), .. Quick, .. more]);
        return code == 0 ? null : string.Join('\n', said.Split('\n').Where(line => line.Contains("error")).Take(5));
    }

    /// <returns>What the suite said when it failed.</returns>
    public async Task<string?> Try(string suite, string only)
    {
        var (code, said) = await Run("dotnet", [Dll(suite), "-nocolor", "-stopOnFail", "-class", only]);
        return code switch
        {
            0 => null,
            null => "it came to no end",
            _ => Words(said),
        };
    }

    /// <returns>How it was caught; null when it was not.</returns>
    public async Task<string?> Plant(Bug bug)
    {
        var before = new Dictionary<string, byte[]>();
        var projects = bug.Changes.Select(change => change.Project).Distinct().ToArray();
        try
        {
            foreach (var change in bug.Changes)
                await Apply(change, before);
            foreach (var project in projects)
            {
                var built = Path.Combine(root, BinOf(Name(project)), Name(project) + ".dll");
                var used = Path.Combine(root, BinOf(SuiteName(bug.Suite)), Name(project) + ".dll");
                await Keep(built, before);
                await Keep(used, before);
                if (await Build(project, "--no-restore", "--no-dependencies") is { } trouble)
                    return $"does not even build: {trouble}";
                File.Copy(built, used, overwrite: true);
            }
            return await Try(bug.Suite, bug.Only);
        }
        finally
        {
            foreach (var (file, bytes) in before)
                await File.WriteAllBytesAsync(file, bytes);
        }
    }

    private async Task Apply(Change change, Dictionary<string, byte[]> before)
    {
        var file = Path.Combine(root, change.File);
        await Keep(file, before);
        var text = await File.ReadAllTextAsync(file);
        if (Change.Count(text, change.Old) != 1)
            throw new InvalidOperationException($"{change.File} does not hold what is to be changed exactly once.");
        await File.WriteAllTextAsync(file, text.Replace(change.Old, change.New, StringComparison.Ordinal));
    }

    private static async Task Keep(string file, Dictionary<string, byte[]> before)
    {
        if (!before.ContainsKey(file))
            before[file] = await File.ReadAllBytesAsync(file);
    }

    public string FolderOf(string suite) =>
        Directory.Exists(Path.Combine(root, "tests", suite)) ? $"tests/{suite}" : $"tests/{suite}.Tests";

    private string Dll(string suite) => Path.Combine(root, BinOf(SuiteName(suite)), SuiteName(suite) + ".dll");

    private static string SuiteName(string suite) => $"IotOrleans.{suite}.Tests";

    private static string Name(string project) => $"IotOrleans.{Path.GetFileName(project)}";

    private static string BinOf(string name) => $"artifacts/embedded/bin/{name}/{Configuration.ToLowerInvariant()}";

    /// <summary>The first thing that a failed test said.</summary>
    private static string Words(string said)
    {
        var lines = said.Split('\n').Select(line => line.Trim()).ToArray();
        var failed = Array.FindIndex(lines, line => line.EndsWith("[FAIL]", StringComparison.Ordinal));
        if (failed < 0)
            return "it broke";
        var test = lines[failed].Replace(" [FAIL]", "", StringComparison.Ordinal).Split('.')[^1];
        var promise = Array.Find(lines, line => line.StartsWith("Seed ", StringComparison.Ordinal));
        var days = DaysLived().Match(said);
        return promise is null
            ? test.Replace('_', ' ')
            : $"{Unnamed().Replace(promise.Split(':', 2)[1].Trim(), "…")} (within {days.Groups[1].Value} days)";
    }

    private static async Task<(int? Code, string Said)> Run(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["IOT_SIMULATE_DAYS"] = "1000";
        using var process = Process.Start(start)!;
        var (said, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var late = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return (null, await said);
        }
        return (process.ExitCode, await said + await errors);
    }

    [GeneratedRegex(@"(\d+) days, \d+ turns")]
    private static partial Regex DaysLived();

    [GeneratedRegex(@"[0-9a-f]{8}-[0-9a-f-]{27}")]
    private static partial Regex Unnamed();
}
