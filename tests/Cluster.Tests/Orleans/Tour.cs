using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace IotOrleans.Tests;

/// <summary>What a reader of the README types, in its parts.</summary>
/// <param name="Entry">Who one is; each of the others goes on from there.</param>
/// <param name="ToTheSpeakers">From the entry to the calls for the speakers.</param>
/// <param name="Ring">Somebody calls the speakers.</param>
/// <param name="Door">Somebody rings at the door.</param>
/// <param name="Records">What is left of it.</param>
internal sealed partial record Tour(string Entry, string ToTheSpeakers, string Ring, string Door, string Records)
{
    /// <param name="port">Of the front-end, in place of the one that is written there.</param>
    public static Tour Read(int port)
    {
        var blocks = Block().Matches(Section()).Select(block => block.Groups[1].Value).ToList();
        Assert.Equal(2, blocks.Count);
        // The first line starts the house, which runs already.
        var begin = blocks[0].IndexOf("api=", StringComparison.Ordinal);
        var text = blocks[0][begin..].Replace("127.0.0.1:8080", $"127.0.0.1:{port}", StringComparison.Ordinal);
        var lines = blocks[1].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("incoming-call", lines[0], StringComparison.Ordinal);
        Assert.Contains("cdrs", lines[^1], StringComparison.Ordinal);
        return new(text.Split("\n\n")[0] + '\n', text, lines[0], string.Join('\n', lines[1..^1]), lines[^1]);
    }

    public static string InTree(params string[] parts) => Path.Combine([Here(), "..", "..", "..", .. parts]);

    private static string Section()
    {
        var readme = File.ReadAllText(InTree("README.md"));
        var begin = readme.IndexOf("## A tour", StringComparison.Ordinal);
        return readme[begin..readme.IndexOf("\n## ", begin + 1, StringComparison.Ordinal)];
    }

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
