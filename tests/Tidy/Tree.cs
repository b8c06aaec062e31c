using System.Diagnostics;

namespace IotOrleans.Tidy;

/// <summary>
/// The files of the project as a reader gets them: what git has, and what it would take with the next commit.
/// </summary>
internal static class Tree
{
    // Bytes and recorded traffic are not prose.
    private static readonly string[] NotText = [".bin", ".png", ".ico", ".wav", ".mp3", ".woff2", ".gz"];

    public static string Root { get; } = FindRoot();

    /// <summary>Paths below the root, with slashes.</summary>
    public static IReadOnlyList<string> Files { get; } = List();

    public static IEnumerable<string> Code => Files.Where(file => file.EndsWith(".cs", StringComparison.Ordinal));

    public static IEnumerable<string> Product => Code.Where(file => file.StartsWith("src/", StringComparison.Ordinal));

    public static IEnumerable<string> Documents => Files.Where(file => file.EndsWith(".md", StringComparison.Ordinal));

    public static IEnumerable<string> Texts => Files.Where(file => !NotText.Contains(Path.GetExtension(file)));

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    public static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    public static bool Has(string path) => Path.Exists(Path.Combine(Root, path));

    private static string FindRoot()
    {
        var at = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(at, "IotOrleans.sln")))
        {
            at =
                Path.GetDirectoryName(at)
                ?? throw new InvalidOperationException("There is no IotOrleans.sln above us.");
        }
        return at;
    }

    private static List<string> List()
    {
        string[] ask = ["-C", Root, "ls-files", "--cached", "--others", "--exclude-standard"];
        using var git = Process.Start(new ProcessStartInfo("git", ask) { RedirectStandardOutput = true })!;
        var listed = git.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
        return [.. listed.Distinct().Where(Has).Order(StringComparer.Ordinal)];
    }
}
