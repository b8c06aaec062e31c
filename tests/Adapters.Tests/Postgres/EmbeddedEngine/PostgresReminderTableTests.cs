using IotOrleans.Tests;

namespace IotOrleans.Postgres;

public sealed class PostgresReminderTableTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static readonly DateTime Noon = new(2026, 1, 31, 12, 0, 0, DateTimeKind.Utc);

    private readonly PostgresReminderTable _table = new(database.Source, Guid.NewGuid().ToString());
    private readonly GrainId _lamp = GrainId.Create("lamp", "d:lamp-1");

    [Fact]
    public void A_grain_stands_on_the_ring_where_Orleans_puts_it() =>
        Assert.Equal(22904072, PostgresReminderTable.HashOf(GrainId.Create("device", "r1-dev-0")));

    [Fact]
    public async Task What_was_set_is_read_by_row_and_by_grain()
    {
        var etag = await _table.UpsertRow(new(_lamp, "dim", Noon, TimeSpan.FromDays(30), ""));
        await _table.UpsertRow(new(_lamp, "off", Noon, TimeSpan.FromMinutes(1), ""));

        Assert.Equal(new(_lamp, "dim", Noon, TimeSpan.FromDays(30), etag), await _table.ReadRow(_lamp, "dim"));
        Assert.Equal(2, (await _table.ReadRows(_lamp)).Reminders.Count);
        Assert.Null(await _table.ReadRow(_lamp, "never"));
    }

    [Fact]
    public async Task Setting_it_again_moves_it_and_gives_another_version()
    {
        var first = await _table.UpsertRow(new(_lamp, "dim", Noon, TimeSpan.FromMinutes(1), ""));
        var second = await _table.UpsertRow(new(_lamp, "dim", Noon.AddHours(1), TimeSpan.FromMinutes(2), ""));

        Assert.Equal(("0", "1"), (first, second));
        Assert.Equal(Noon.AddHours(1), (await _table.ReadRow(_lamp, "dim"))!.StartAt);
    }

    [Fact]
    public async Task Only_the_version_that_was_read_can_be_removed()
    {
        var first = await _table.UpsertRow(new(_lamp, "dim", Noon, TimeSpan.FromMinutes(1), ""));
        var second = await _table.UpsertRow(new(_lamp, "dim", Noon, TimeSpan.FromMinutes(1), ""));

        Assert.False(await _table.RemoveRow(_lamp, "dim", first));
        Assert.True(await _table.RemoveRow(_lamp, "dim", second));
        Assert.False(await _table.RemoveRow(_lamp, "dim", second));
    }

    [Fact]
    public async Task Any_two_points_of_the_ring_cut_it_into_two_ranges_that_share_nothing()
    {
        var grains = Enumerable.Range(0, 64).Select(n => GrainId.Create("lamp", $"d:{n}")).ToList();
        foreach (var grain in grains)
        {
            await _table.UpsertRow(new(grain, "dim", Noon, TimeSpan.FromMinutes(1), ""));
        }
        var hashes = grains.ConvertAll(grain => unchecked((uint)PostgresReminderTable.HashOf(grain)));

        foreach (
            var (begin, end) in new[] { (0u, 1u << 31), (1u << 31, 5u), (hashes[3], hashes[40]), (7u, uint.MaxValue) }
        )
        {
            var inside = await Grains(begin, end);
            var outside = await Grains(end, begin);
            Assert.Empty(inside.Intersect(outside));
            Assert.Equal(grains.ToHashSet(), inside.Union(outside).ToHashSet());
            Assert.All(
                inside,
                grain => Assert.True(IsIn(unchecked((uint)PostgresReminderTable.HashOf(grain)), begin, end))
            );
        }
        Assert.Equal(64, (await Grains(12, 12)).Count);
    }

    private static bool IsIn(uint hash, uint begin, uint end) =>
        begin < end ? hash > begin && hash <= end : hash > begin || hash <= end;

    private async Task<List<GrainId>> Grains(uint begin, uint end) =>
        [.. (await _table.ReadRows(begin, end)).Reminders.Select(reminder => reminder.GrainId)];
}
