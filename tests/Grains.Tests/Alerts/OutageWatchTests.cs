namespace IotOrleans.Alerts;

public sealed class OutageWatchTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    private readonly OutageWatch _watch = new(TimeSpan.FromSeconds(30));

    [Fact]
    public void An_outage_is_told_once_when_it_has_lasted_and_once_when_it_is_over()
    {
        Assert.Empty(Look(PartStatus.Down, 0));
        Assert.Empty(Look(PartStatus.Down, 29));
        var told = Assert.Single(Look(PartStatus.Down, 30));
        Assert.Equal((Noon, false), (told.Outage.Since, told.IsOver));
        Assert.Empty(Look(PartStatus.Down, 300));
        Assert.True(Assert.Single(Look(PartStatus.Up, 310)).IsOver);
        Assert.Empty(Look(PartStatus.Up, 320));
    }

    [Fact]
    public void What_is_back_before_anybody_was_told_is_worth_no_word()
    {
        Assert.Empty(Look(PartStatus.Down, 0));
        Assert.Empty(Look(PartStatus.Simulated, 10));
        Assert.Empty(Look(PartStatus.Down, 20));
        Assert.Empty(Look(PartStatus.Down, 49));
        Assert.Equal(Noon.AddSeconds(20), Assert.Single(Look(PartStatus.Down, 50)).Outage.Since);
    }

    [Fact]
    public void The_end_of_an_outage_of_a_run_before_is_told()
    {
        _watch.Remember(new("switch", Noon, null));
        Assert.Empty(Look(PartStatus.Down, 100));
        Assert.True(Assert.Single(Look(PartStatus.Up, 110)).IsOver);
    }

    private List<OutageChange> Look(PartStatus status, int seconds) =>
        [.. _watch.Look([new("switch", status, Needed: false)], Noon.AddSeconds(seconds))];
}
