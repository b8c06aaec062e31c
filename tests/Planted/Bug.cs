using System.Text.RegularExpressions;

namespace IotOrleans.Planted;

/// <summary>One bug: what is changed where, and the suite that must not let it pass.</summary>
/// <param name="Suite">The name of a test project without "IotOrleans." and ".Tests".</param>
/// <param name="Only">Which of its classes, with asterisks.</param>
internal sealed partial record Bug(string Name, string Suite, string Only, Change[] Changes)
{
    private const string Days = "*SimulationTests*";

    public static Bug[] Read(string list) => [.. Entry().Matches(list).Select(Of)];

    private static Bug Of(Match entry)
    {
        var suite = entry.Groups["suite"].Value.Split(' ', 2);
        return new(
            entry.Groups["name"].Value,
            suite[0].Replace(".Tests", "", StringComparison.Ordinal),
            suite.Length > 1 ? suite[1] : Days,
            [
                .. Part()
                    .Matches(entry.Value)
                    .Select(part => new Change(
                        part.Groups["file"].Value,
                        part.Groups["old"].Value,
                        part.Groups["new"].Value
                    )),
            ]
        );
    }

    [GeneratedRegex(@"^name: (?<name>[^\n]+)\nsuite: (?<suite>[^\n]+)\n(?:(?!^name: ).*\n?)*", RegexOptions.Multiline)]
    private static partial Regex Entry();

    [GeneratedRegex(
        @"^(?:file|also): (?<file>[^\n]+)\n<<<<\n(?<old>.*?)\n====\n(?<new>.*?)\n>>>>",
        RegexOptions.Multiline | RegexOptions.Singleline
    )]
    private static partial Regex Part();
}

/// <param name="Old">Found in the file exactly once.</param>
internal sealed record Change(string File, string Old, string New)
{
    /// <summary>The built project that the file belongs to: the folder under src.</summary>
    public string Project => string.Join('/', File.Split('/')[..2]);

    public static int Count(string text, string part) =>
        (text.Length - text.Replace(part, "", StringComparison.Ordinal).Length) / part.Length;
}
