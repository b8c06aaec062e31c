using System.Xml;
using System.Xml.Linq;

namespace IotOrleans.Tests;

/// <summary>How one test program fared. A program that tells nothing has failed.</summary>
internal sealed record TestOutcome(
    string Project,
    TimeSpan Took,
    int Passed,
    int Failed,
    int Skipped,
    string Trouble,
    string Said = ""
)
{
    private const int HeadLines = 20;
    private const int TailLines = 10;
    private const int ColumnsMax = 200;

    public string Headline =>
        $"{(Failed == 0 ? "ok  " : "FAIL")} {Project, -36} {Passed + Failed, 5} tests {Took.TotalSeconds, 7:F1} s"
        + (Said.Length > 0 ? $"\n     {Said}" : "");

    public static TestOutcome From(string project, TimeSpan took, string report, string log, string? trouble)
    {
        var assemblies = Read(report);
        int Sum(string attribute) => assemblies.Sum(assembly => (int?)assembly.Attribute(attribute) ?? 0);
        var (passed, failed, skipped) = (Sum("passed"), Sum("failed") + Sum("errors"), Sum("skipped"));
        if (trouble is null && passed + failed + skipped == 0)
        {
            trouble = "ran no test";
        }
        var said = string.Join("\n\n", assemblies.SelectMany(Failures));
        return trouble is null
            ? new(project, took, passed, failed, skipped, said, string.Join("\n     ", assemblies.SelectMany(Remarks)))
            : new(project, took, passed, failed + 1, skipped, $"{said}\n{project} {trouble}. It said:\n{Log(log)}");
    }

    public void PrintTrouble()
    {
        if (Failed > 0)
        {
            Console.WriteLine($"\n---- {Project}\n{Trouble.Trim()}\n");
        }
    }

    private static List<XElement> Read(string report)
    {
        try
        {
            return File.Exists(report) ? [.. XDocument.Load(report).Descendants("assembly")] : [];
        }
        catch (XmlException)
        {
            // Cut off while it was written: the program did not end as it should, which is told by its exit.
            return [];
        }
    }

    private static IEnumerable<string> Failures(XElement assembly) =>
        from failure in assembly.Descendants("failure")
        let test = failure.Parent
        let name = test.Attribute("name")?.Value ?? "outside of any test"
        let output = test.Element("output")?.Value.Trim() is { Length: > 0 } text ? $"\n{text}" : ""
        select $"{name}\n{failure.Element("message")?.Value}\n{failure.Element("stack-trace")?.Value}{output}";

    // What a test that passed wants known, such as how much of its work fitted into its time.
    private static IEnumerable<string> Remarks(XElement assembly) =>
        from test in assembly.Descendants("test")
        where test.Attribute("result")?.Value == "Pass"
        let output = test.Element("output")?.Value.Trim()
        where !string.IsNullOrEmpty(output)
        select output.Split('\n')[0];

    // What broke is said first and where it ended last; in between lies the stack.
    private static string Log(string log)
    {
        var lines = File.Exists(log) ? File.ReadAllLines(log) : [];
        IEnumerable<string> shown =
            lines.Length <= HeadLines + TailLines ? lines : [.. lines[..HeadLines], "...", .. lines[^TailLines..]];
        return string.Join('\n', shown.Select(line => line.Length <= ColumnsMax ? line : line[..ColumnsMax] + " ..."));
    }
}
