using System.Text.RegularExpressions;

namespace IotOrleans.Tidy;

/// <summary>A promise names the tests that show it, and these are there.</summary>
public sealed partial class ReliabilityTests
{
    private const string Document = "docs/reliability.md";
    private const int LinesMax = 150;

    [Fact]
    public void Every_promise_is_shown_by_tests_that_exist()
    {
        var tests = Tree
            .Code.Where(file => file.StartsWith("tests/", StringComparison.Ordinal))
            .SelectMany(file => TestMethod().Matches(Tree.Read(file)))
            .Select(test => test.Groups["name"].Value)
            .ToHashSet(StringComparer.Ordinal);
        var promises = Tree.Lines(Document).Where(line => Promise().IsMatch(line)).ToList();

        Assert.NotEmpty(promises);
        Assert.All(promises, promise => Assert.Matches(Named(), promise));
        CodeTests.None(
            from promise in promises
            from Match named in Named().Matches(promise)
            where !tests.Contains(named.Groups["name"].Value)
            select $"{Document}: there is no test {named.Groups["name"].Value}"
        );
    }

    [Fact]
    public void The_promises_can_be_read_in_one_sitting() => Assert.InRange(Tree.Lines(Document).Length, 1, LinesMax);

    [GeneratedRegex(@"\[(Fact|Theory).*?\bpublic (async )?(Task|void) (?<name>\w+)\(", RegexOptions.Singleline)]
    private static partial Regex TestMethod();

    [GeneratedRegex(@"^\| \d+ \|")]
    private static partial Regex Promise();

    // A test is a sentence: three words at least.
    [GeneratedRegex(@"`(?<name>[A-Z]\w*_\w+_\w+)`")]
    private static partial Regex Named();
}
