using System.Text.RegularExpressions;

namespace IotOrleans.Tidy;

/// <summary>The parts of the style that a machine can see.</summary>
public sealed partial class CodeTests
{
    private const int ColumnsMax = 120;
    private const int FileLinesMax = 300;

    // On the way down to 40: lower it when nothing is left above.
    private const int MethodLinesMax = 60;

    [Fact]
    public void No_line_is_longer_than_the_eye() =>
        None(
            from file in Tree.Code
            from line in Tree.Lines(file).Index()
            where line.Item.Length > ColumnsMax
            select $"{file}:{line.Index + 1} has {line.Item.Length} columns"
        );

    [Fact]
    public void No_file_is_longer_than_one_idea() =>
        None(
            from file in Tree.Code
            let lines = Tree.Lines(file).Length
            where lines > FileLinesMax
            select $"{file} has {lines} lines"
        );

    [Fact]
    public void No_method_is_longer_than_the_eye() =>
        None(
            from file in Tree.Code
            from method in Blocks.Members(Tree.Lines(file))
            where method.Lines > MethodLinesMax
            select $"{file}:{method.Start} {method.Header} has {method.Lines} lines"
        );

    [Fact]
    public void No_type_is_named_after_nothing() =>
        None(
            from file in Tree.Code
            // The engine bears the names of the public API that it stands in for.
            where !file.StartsWith("src/Engine/", StringComparison.Ordinal)
            from Match type in DeclaredType().Matches(Tree.Read(file))
            where NamedAfterNothing().IsMatch(type.Groups["name"].Value)
            select $"{file}: {type.Groups["name"].Value}"
        );

    [Theory]
    [InlineData(@"\bDateTime\.(UtcNow|Now|Today)\b", "ask the TimeProvider")]
    [InlineData(@"\bDateTimeOffset\.(UtcNow|Now)\b", "ask the TimeProvider")]
    [InlineData(@"\bThread\.Sleep\(", "await something that ends")]
    [InlineData(@"\.GetAwaiter\(\)\s*\.GetResult\(\)", "await it")]
    [InlineData(@"\)\s*\.Result\b(?!\s*=)", "await it")]
    [InlineData(@"\.Wait\(\)", "await it")]
    public void The_product_never_calls(string pattern, string instead) =>
        None(
            from file in Tree.Product
            from line in Tree.Lines(file).Index()
            where Regex.IsMatch(WithoutComment(line.Item), pattern)
            select $"{file}:{line.Index + 1} {line.Item.Trim()} ({instead})"
        );

    [Fact]
    public void The_product_waits_on_the_clock_it_was_given() =>
        None(
            from file in Tree.Product
            let text = Tree.Read(file)
            from Match call in Delay().Matches(text)
            let arguments = Arguments(text, call.Index + call.Length)
            where !Clock().IsMatch(arguments)
            select $"{file}: Task.Delay({arguments})"
        );

    [Fact]
    public void Nothing_is_left_for_later_in_a_comment() =>
        None(
            from file in Tree.Files
            where file.EndsWith(".cs", StringComparison.Ordinal) || file.EndsWith(".sql", StringComparison.Ordinal)
            from line in Tree.Lines(file).Index()
            where LeftForLater().IsMatch(line.Item)
            select $"{file}:{line.Index + 1} {line.Item.Trim()}"
        );

    internal static void None(IEnumerable<string> offenders)
    {
        var found = offenders.ToList();
        Assert.True(found.Count == 0, string.Join('\n', found.Take(40)));
    }

    private static string WithoutComment(string line) =>
        line.IndexOf("//", StringComparison.Ordinal) is >= 0 and var comment ? line[..comment] : line;

    private static string Arguments(string text, int start)
    {
        var depth = 1;
        var end = start;
        for (; end < text.Length && depth > 0; end++)
        {
            depth += text[end] switch
            {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
        }
        return text[start..(end - 1)].ReplaceLineEndings(" ");
    }

    [GeneratedRegex(
        @"^\s*(?!//)[^""\n]*\b(class|record|struct|interface|enum)\s+(?<name>[A-Z]\w*)",
        RegexOptions.Multiline
    )]
    private static partial Regex DeclaredType();

    [GeneratedRegex("Manager|Helper|Util|Common|(Service|Data|Info)$")]
    private static partial Regex NamedAfterNothing();

    [GeneratedRegex(@"\bTask\.Delay\(")]
    private static partial Regex Delay();

    [GeneratedRegex(@"(?i)\b_?(clock|time|timeProvider)\b|TimeProvider\.System")]
    private static partial Regex Clock();

    // Written so that it does not find itself.
    [GeneratedRegex(@"(//|--).*\b(TO[D]O|FIX[M]E|HAC[K]|XX[X])\b")]
    private static partial Regex LeftForLater();
}
