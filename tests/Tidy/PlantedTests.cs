using IotOrleans.Planted;

namespace IotOrleans.Tidy;

/// <summary>The list of bugs to be planted fits the house as it is today.</summary>
public sealed class PlantedTests
{
    private const string List = "tests/Planted/bugs.txt";
    private const int CountMin = 30;

    [Fact]
    public void Every_planted_bug_still_has_its_place()
    {
        var bugs = Bug.Read(Tree.Read(List));
        Assert.True(bugs.Length >= CountMin, $"{bugs.Length} bugs are listed");
        Assert.Equal(Tree.Lines(List).Count(line => line.StartsWith("name: ", StringComparison.Ordinal)), bugs.Length);
        CodeTests.None(
            from bug in bugs
            from change in bug.Changes
            let count = Change.Count(Tree.Read(change.File), change.Old)
            where count != 1
            select $"{bug.Name}: {change.File} holds what is to be changed {count} times"
        );
        CodeTests.None(bugs.Where(bug => bug.Changes.Length == 0).Select(bug => $"{bug.Name} changes nothing"));
    }
}
