using System.Diagnostics;
using System.Globalization;
using IotOrleans.Planted;

// Arguments: the root of a copy that may be spoilt, the file for the table, and words of names of bugs; none for all.
if (args is not [var root, var table, .. var wanted])
{
    await Console.Error.WriteLineAsync("This program is started by tests/Planted/plant.");
    return 2;
}

var bugs = Bug.Read(await File.ReadAllTextAsync(Path.Combine(root, "tests/Planted/bugs.txt")))
    .Where(bug => wanted.Length == 0 || wanted.Any(word => bug.Name.Contains(word, StringComparison.Ordinal)))
    .ToArray();
var field = new Field(root);
foreach (var suite in bugs.Select(bug => bug.Suite).Distinct())
{
    if (await field.Build(field.FolderOf(suite)) is { } trouble)
        return Fail($"{suite} does not build as it is:\n{trouble}");
}
foreach (var (suite, only) in bugs.Select(bug => (bug.Suite, bug.Only)).Distinct())
{
    if (await field.Try(suite, only) is { } broken)
        return Fail($"{suite} {only} fails without any bug: {broken}");
}

var rows = new List<string>();
var missed = 0;
foreach (var bug in bugs)
{
    var started = Stopwatch.GetTimestamp();
    var found = await field.Plant(bug);
    missed += found is null ? 1 : 0;
    var row = $"| {bug.Name} | {bug.Suite} | {found?.Replace('|', '/') ?? "**not caught**"} |";
    rows.Add(row);
    Console.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"{row} {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s")
    );
    await File.WriteAllLinesAsync(table, ["| bug | suite | what the suite said |", "|---|---|---|", .. rows]);
}
Console.WriteLine($"{bugs.Length - missed} of {bugs.Length} bugs were caught");
return missed == 0 ? 0 : 1;

static int Fail(string why)
{
    Console.WriteLine(why);
    return 2;
}
