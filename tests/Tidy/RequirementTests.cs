using System.Text.RegularExpressions;

namespace IotOrleans.Tidy;

/// <summary>The page that leads from what is asked to the test that shows it.</summary>
public sealed partial class RequirementTests
{
    private const string Page = "docs/requirements.md";

    private static readonly string[] Asked =
    [
        .. Enumerable.Range(1, 99).Select(number => $"TAS-{number:00}"),
        .. Enumerable.Range(1, 21).Select(number => $"GW-{number:00}"),
        .. Enumerable.Range(1, 62).Select(number => $"PP-{number:00}"),
    ];

    private static readonly List<(string Id, string Text)> Rows =
    [
        .. Tree.Lines(Page)
            .Select(line => Row().Match(line))
            .Where(row => row.Success)
            .Select(row => (row.Groups["id"].Value, row.Value)),
    ];

    [Fact]
    public void Every_requirement_is_on_the_page_once() => Assert.Equal(Asked, Rows.Select(row => row.Id));

    [Fact]
    public void Every_row_names_a_test_or_says_that_it_is_not_shipped() =>
        CodeTests.None(
            from row in Rows
            where !Test().IsMatch(row.Text) && !row.Text.EndsWith("| not shipped |", StringComparison.Ordinal)
            select row.Text
        );

    [Fact]
    public void Every_test_that_the_page_names_is_there()
    {
        var known = Tree
            .Code.Where(file => file.StartsWith("tests/", StringComparison.Ordinal))
            .SelectMany(Tests)
            .ToHashSet();
        CodeTests.None(
            from row in Rows
            from Match test in Test().Matches(row.Text)
            where !known.Contains(test.Groups["test"].Value)
            select $"{row.Id} names {test.Groups["test"].Value}, which is not there"
        );
    }

    private static IEnumerable<string> Tests(string file)
    {
        var text = Tree.Read(file);
        return from Match type in Type().Matches(text)
            from Match method in Method().Matches(text)
            select $"{type.Groups[1].Value}.{method.Groups[1].Value}";
    }

    [GeneratedRegex(@"^\| (?<id>(TAS|GW|PP)-\d\d) \| .+ \| .+ \|$")]
    private static partial Regex Row();

    [GeneratedRegex(@"`(?<test>[A-Z]\w+\.[A-Z]\w+_\w+)`")]
    private static partial Regex Test();

    [GeneratedRegex(@"^(?:public|internal) [\w ]*class (\w+)", RegexOptions.Multiline)]
    private static partial Regex Type();

    [GeneratedRegex(@"^    public (?:async )?(?:Task|ValueTask|void) (\w+)\(", RegexOptions.Multiline)]
    private static partial Regex Method();
}
