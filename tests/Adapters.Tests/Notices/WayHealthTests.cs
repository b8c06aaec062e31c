using IotOrleans.Tests;

namespace IotOrleans.Actions;

/// <summary>PP-60: when a way to people is down, and for how long.</summary>
public sealed class WayHealthTests
{
    private static readonly Delivery Lost = new(false, Detail: "no answer", Unsure: true);
    private static readonly Delivery Away = new(false, MayRetry: true, "away");

    private readonly FakeTime _time = new();
    private readonly WayHealth _health;

    public WayHealthTests() => _health = new("telegram", "api.example", isSimulated: false, _time);

    [Fact]
    public async Task One_lost_answer_is_no_outage_and_two_in_a_row_are_one()
    {
        _health.Fails(Lost);
        Assert.Equal((PartStatus.Up, "api.example"), await Now());
        _time.Advance(TimeSpan.FromHours(3));
        _health.Fails(Lost);
        Assert.Equal((PartStatus.Down, "no answer"), await Now());
    }

    [Fact]
    public async Task What_arrives_in_between_or_afterwards_shows_that_the_way_is_there()
    {
        _health.Fails(Lost);
        _health.Works(new(true));
        _health.Fails(Lost);
        Assert.Equal((PartStatus.Up, "api.example"), await Now());
        _health.Fails(Away);
        _health.Works(new(true));
        Assert.Equal((PartStatus.Up, "api.example"), await Now());
    }

    [Fact]
    public async Task Of_an_old_trouble_since_which_nobody_was_told_anything_nothing_is_known()
    {
        _health.Fails(Lost);
        _health.Fails(Lost);
        _time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(PartStatus.Down, (await Now()).Status);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((PartStatus.Up, "api.example"), await Now());
    }

    [Fact]
    public async Task While_something_waits_for_its_next_try_the_way_is_down_and_not_for_ever()
    {
        for (var hour = 0; hour < 24; hour++)
        {
            _health.Fails(Away);
            _time.Advance(TimeSpan.FromHours(1) + TimeSpan.FromMinutes(1));
            Assert.Equal((PartStatus.Down, "away"), await Now());
        }
        // Whoever waited may have ended his subscription.
        _time.Advance(TimeSpan.FromMinutes(29));
        Assert.Equal(PartStatus.Up, (await Now()).Status);
    }

    private async Task<(PartStatus Status, string? Detail)> Now()
    {
        var now = await _health.Check(default);
        return (now.Status, now.Detail);
    }
}
