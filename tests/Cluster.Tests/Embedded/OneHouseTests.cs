namespace IotOrleans.Tests;

/// <summary>The embedded engine does not cluster, and never pretends to.</summary>
public sealed class OneHouseTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private string Connection => $"--ConnectionStrings:Postgres={database.ConnectionString}";

    [Fact]
    public async Task A_second_house_on_the_same_database_is_refused_in_a_sentence()
    {
        await using var first = HouseProcess.Start(Connection);
        await first.IsReady();
        await using var second = HouseProcess.Start(Connection);
        Assert.NotEqual(0, await second.Ended());
        Assert.Contains("Another IotOrleans", second.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("silo")]
    [InlineData("api")]
    public async Task A_part_of_a_cluster_is_refused_in_a_sentence(string role)
    {
        await using var part = HouseProcess.Start(Connection, $"--Role={role}");
        Assert.Equal(1, await part.Ended());
        Assert.Contains("need the Orleans build", part.Output, StringComparison.Ordinal);
    }
}
