using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Tests.Subscribers;

public sealed class LocalTimeTests
{
    [Theory]
    [InlineData("09:00", "18:00", "09:00", true)]
    [InlineData("09:00", "18:00", "17:59", true)]
    [InlineData("09:00", "18:00", "18:00", false)]
    [InlineData("09:00", "18:00", "08:59", false)]
    [InlineData("22:00", "07:00", "23:30", true)]
    [InlineData("22:00", "07:00", "06:59", true)]
    [InlineData("22:00", "07:00", "07:00", false)]
    [InlineData("22:00", "07:00", "12:00", false)]
    [InlineData("00:00", "00:00", "12:00", true)]
    public void A_window_holds_from_its_start_to_just_before_its_end(string from, string to, string at, bool inside) =>
        Assert.Equal(
            inside,
            new TimeWindow(from, to).Contains(new DateTime(2026, 3, 4) + TimeOnly.Parse(at).ToTimeSpan())
        );

    [Fact]
    public void The_hours_after_midnight_belong_to_the_evening_before()
    {
        var friday = new TimeWindow("22:00", "06:00", ["fri"]);
        Assert.True(friday.Contains(new(2026, 11, 20, 23, 0, 0)));
        Assert.True(friday.Contains(new(2026, 11, 21, 5, 0, 0)));
        Assert.False(friday.Contains(new(2026, 11, 20, 5, 0, 0)));
    }

    [Fact]
    public void The_wall_clock_follows_the_zone_through_both_clock_changes()
    {
        Assert.Equal(3, LocalTime.In("Europe/Berlin", new(2026, 3, 29, 1, 30, 0, TimeSpan.Zero)).Hour);
        Assert.Equal(2, LocalTime.In("Europe/Berlin", new(2026, 10, 25, 0, 30, 0, TimeSpan.Zero)).Hour);
        Assert.Equal(2, LocalTime.In("Europe/Berlin", new(2026, 10, 25, 1, 30, 0, TimeSpan.Zero)).Hour);
    }

    [Fact]
    public void An_unknown_zone_is_taken_for_UTC() =>
        Assert.Equal(12, LocalTime.In("Mars/Olympus", new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero)).Hour);
}
