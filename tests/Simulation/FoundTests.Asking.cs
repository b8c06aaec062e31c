using System.Globalization;

namespace IotOrleans.Simulation;

/// <summary>Days on which somebody has to ask before something is done, or given up.</summary>
public sealed partial class FoundTests
{
    private static readonly DatabaseTrouble Refusing = new(50, 0, 0);

    [Fact]
    public void A_clock_that_is_set_gives_no_call_up() =>
        Live(
            HouseWith(Call(Owner)),
            Smoke(1),
            new ClockIsSet(Seconds(1.4), TimeSpan.FromHours(1)),
            new LineBreaks(Seconds(1.6), 0, Seconds(1.5))
        );

    /// <summary>By the clock that was set back the switch seems to have been there before the order.</summary>
    [Fact]
    public void A_clock_that_is_set_back_makes_no_order_of_one_that_a_restarted_switch_has_forgotten() =>
        Live(
            HouseWith(Call(Owner)),
            Smoke(2, "button"),
            new SwitchRestarts(Seconds(1.2), 0, Seconds(1.1)),
            new ClockIsSet(Seconds(8), Seconds(-2))
        );

    [Fact]
    public void A_clock_that_is_set_lets_no_call_in_line_expire() =>
        Live(
            HouseWith(Call(Owner, Neighbour, Friend)) with
            {
                Limits = new() { CallsPerSecond = 1, CallsMax = 1 },
            },
            Smoke(1),
            new ClockIsSet(Seconds(6), TimeSpan.FromHours(1))
        );

    [Fact]
    public void A_call_that_waited_long_for_its_turn_rings_on_after_the_line_broke() =>
        Live(
            HouseWith(Call(Owner, Neighbour, Friend)) with
            {
                Limits = new() { CallsPerSecond = 1, CallsMax = 1 },
            },
            Smoke(1, "button"),
            new LineBreaks(Seconds(90), 0, Seconds(1)),
            new LineBreaks(Seconds(120), 0, Seconds(1)),
            new LineBreaks(Seconds(150), 0, Seconds(1))
        );

    /// <summary>The second of two switches has it: the first had no line then. The disk knows of neither.</summary>
    [Fact]
    public void An_alarm_that_any_switch_may_have_is_asked_for_at_all_of_them() =>
        Live(
            HouseWith(Call(Owner)) with
            {
                SwitchCount = 2,
            },
            new LineBreaks(Seconds(0.5), 0, Seconds(2)),
            Smoke(1),
            new Dies(Seconds(1.03), 1, Seconds(1))
        );

    /// <summary>What a switch is asked and what it tells by itself go separate ways.</summary>
    [Fact]
    public void An_end_that_comes_while_the_switch_is_asked_is_not_overtaken_by_the_answer()
    {
        var calls = Seeds.Select(seed => new Day(seed, HouseWith(Call(Owner)), [Smoke(1)])).Where(HangsUp).ToArray();
        Assert.NotEmpty(calls);
        foreach (var call in calls)
        {
            var end = MomentOf(call, IsHungUp);
            for (var before = 0; before <= 8; before++)
            {
                var brokenAt = end - Seconds(0.1) - TimeSpan.FromMilliseconds(before);
                Bears(call with { Acts = [.. call.Acts, new LineBreaks(brokenAt, 0, Seconds(0.1))] });
            }
        }

        static bool HangsUp(Day day) => World.Run(day, tells: true).Said.Any(IsHungUp);
        static bool IsHungUp(string line) => line.Contains("HungUp", StringComparison.Ordinal);
    }

    /// <summary>Its end cannot be written down, and meanwhile there is room for it.</summary>
    [Fact]
    public void A_leg_in_line_that_hears_nothing_of_the_end_of_its_incident_looks_before_it_is_ordered() =>
        Live(
            HouseWith(Call(Owner, Neighbour, Friend)) with
            {
                Limits = new() { CallsPerSecond = 1, CallsMax = 1 },
            },
            Smoke(1, "button"),
            new Cancels(Seconds(4.5)),
            new DatabaseIsTroubled(Seconds(4.502), Seconds(15), Refusing)
        );

    [Fact]
    public void Nobody_rings_on_when_an_operator_has_closed_the_incident()
    {
        Live(HouseWith(Call(Owner)), Smoke(1), new Acknowledges(Seconds(3)));
        Live(HouseWith(Call(Owner, Neighbour)), Smoke(1, "button"), new Cancels(Seconds(3)));
    }

    /// <summary>When it is first said, counted as the script counts.</summary>
    private static TimeSpan MomentOf(Day day, Func<string, bool> isIt)
    {
        var said = World.Run(day, tells: true).Said;
        var begins = said.First(line => line.Contains("script:", StringComparison.Ordinal));
        return Time(said.First(isIt)) - Time(begins) + day.Acts[0].At;

        static TimeSpan Time(string line) => TimeSpan.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture);
    }

    [Fact]
    public void A_call_whose_row_was_long_on_its_way_to_the_disk_is_looked_at_when_it_is_there()
    {
        var slow = new DatabaseIsTroubled(Seconds(2), Seconds(54), new(0, 0, 40));
        // One luck in sixty makes it so late that whoever ordered the call has gone.
        foreach (var seed in Enumerable.Range(1, 15 * Lives))
            Bears(new((ulong)seed, HouseWith(Call(Owner)), [slow, new Dials(Seconds(21), 1)]));
    }

    [Fact]
    public void What_begins_again_when_nobody_knows_whether_its_end_is_recorded_is_a_beginning()
    {
        Act[] acts =
        [
            Smoke(1, payload: "{\"active\":true}"),
            new DatabaseIsTroubled(Seconds(120), Seconds(34), new(0, 30, 30)),
            Smoke(121, id: "e-2", payload: "{\"active\":false}"),
            Smoke(122, id: "e-3", payload: "{\"active\":true}"),
        ];
        // It has to be asked for between the moment at which its write is given up and that at which it is done.
        foreach (var seed in Enumerable.Range(1, 15 * Lives))
            Bears(new((ulong)seed, HouseWith(Call(Owner)), acts));
    }
}
