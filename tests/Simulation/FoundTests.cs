using IotOrleans.Devices;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Simulation;

/// <summary>What days have found that went wrong, each as the shortest script of it, lived with many a luck.</summary>
public sealed partial class FoundTests
{
    private const int Lives = 40;

    private static readonly Msisdn Number = new("79990000001");
    private static readonly Msisdn Owner = new("79160000010");
    private static readonly Msisdn Neighbour = new("79160000020");
    private static readonly Msisdn Friend = new("79160000030");
    private static readonly DeviceId Sensor = new("sensor-1");
    private static readonly DatabaseTrouble Unheard = new(0, 100, 0);

    [Fact]
    public void A_switch_that_was_restarted_a_moment_ago_is_not_given_the_order_again() =>
        Live(HouseWith(Call(Owner)), Smoke(1), new SwitchRestarts(Seconds(1.2), 0, Seconds(0.4)));

    [Fact]
    public void An_incident_that_was_acknowledged_with_nobody_hearing_of_it_orders_no_more_calls() =>
        Live(
            HouseWith(Call(Owner, Neighbour)) with
            {
                Limits = new() { CallsPerSecond = 1, CallsMax = 1 },
            },
            Smoke(1, "button"),
            new DatabaseIsTroubled(Seconds(3), Seconds(3), Unheard),
            new Acknowledges(Seconds(4))
        );

    [Fact]
    public void An_incident_whose_process_died_when_it_was_cancelled_orders_no_more_calls() =>
        Live(
            HouseWith(Call(Owner, Neighbour)) with
            {
                Limits = new() { CallsPerSecond = 1, CallsMax = 1 },
            },
            Smoke(1, "button"),
            new Cancels(Seconds(4)),
            new Dies(Seconds(4), 12, Seconds(8))
        );

    [Fact]
    public void An_event_whose_commit_nobody_heard_of_cools_its_rule_down_all_the_same() =>
        Live(
            HouseWith(Call(Owner)) with
            {
                Rules = [RuleOf(Call(Owner)) with { CooldownSeconds = 300 }],
            },
            Smoke(1),
            Smoke(10, id: "e-2"),
            new DatabaseIsTroubled(Seconds(9.9), Seconds(0.3), Unheard),
            Smoke(20, id: "e-3")
        );

    [Fact]
    public void A_state_whose_beginning_nobody_heard_recorded_begins_once() =>
        Live(
            HouseWith(Call(Owner)),
            Smoke(1, payload: "{\"active\":false}"),
            new DatabaseIsTroubled(Seconds(9.9), Seconds(0.3), Unheard),
            Smoke(10, id: "e-2", payload: "{\"active\":true}"),
            Smoke(20, id: "e-3", payload: "{\"active\":true}")
        );

    [Fact]
    public void A_phone_that_could_not_be_told_that_its_step_is_over_does_not_stand_on_an_open_line() =>
        Live(
            HouseWith(Call(Owner)) with
            {
                Settings = new(
                    Policy: new(RingMode.Sequential, 10, Fallback: [new(Msisdn: Owner), new(Msisdn: Neighbour)])
                ),
            },
            new CallsIn(Seconds(1), 1, Seconds(51)),
            new LineBreaks(Seconds(9), 0, Seconds(12))
        );

    [Fact]
    public void A_call_that_is_tried_once_more_says_that_nobody_knows_how_the_last_one_ended() =>
        Live(HouseWith(Call(Owner) with { Ack = AckKind.Dtmf }), Smoke(1), new LineBreaks(Seconds(6), 0, Seconds(30)));

    [Fact]
    public void A_call_that_the_network_refused_is_tried_again_when_its_time_has_come_and_not_at_the_next_look() =>
        Live(HouseWith(Call(Owner) with { Attempts = 3, RetrySeconds = 45 }), Smoke(1));

    [Fact]
    public void Who_is_to_be_tried_again_for_one_action_does_not_wait_for_the_ladder_of_the_next() =>
        Live(
            HouseWith(Call(Owner)) with
            {
                Rules =
                [
                    RuleOf(Call(Owner)) with
                    {
                        Actions =
                        [
                            Call(Owner) with
                            {
                                Mode = CallMode.All,
                                Attempts = 2,
                            },
                            Call(Neighbour) with
                            {
                                Mode = CallMode.UntilAcknowledged,
                                Attempts = 3,
                            },
                        ],
                    },
                ],
            },
            Smoke(1)
        );

    [Fact]
    public void An_SMS_of_an_alarm_is_sent_even_if_nobody_hears_twice_that_its_mark_is_on_the_disk() =>
        Live(
            HouseWith(new SendSmsAction([Owner], "Smoke in the {room}")),
            Smoke(10),
            new DatabaseIsTroubled(Seconds(9.9), Seconds(75), Unheard with { Unheard = 60 })
        );

    /// <summary>Between the commit of who has won and the joining of the two, there is time to die.</summary>
    [Fact]
    public void Two_whose_process_died_before_they_were_joined_are_joined_by_the_next_one()
    {
        var house = HouseWith(Call(Owner)) with
        {
            Settings = new() { Policy = new(RingMode.Simultaneous, 30, [new(Msisdn: Neighbour)]) },
        };
        var call = new CallsIn(Seconds(1), 1, Seconds(70));
        var seed = Seeds.First(seed => World.Run(new(seed, house, [call]), tells: true).Said.Any(IsJoined));
        for (var turns = 1; turns <= 120; turns++)
            Bears(new(seed, house, [call, new Dies(Seconds(1), turns, Seconds(0.5))]));

        static bool IsJoined(string line) => line.Contains("PicksUp", StringComparison.Ordinal);
    }

    /// <summary>The disk says that he picked up, and the leg of the caller has not heard it.</summary>
    [Fact]
    public void Who_picked_up_just_before_the_process_died_is_joined_by_the_next_one()
    {
        var house = HouseWith(Call(Owner)) with
        {
            Settings = new() { Policy = new(RingMode.Simultaneous, 30, [new(Msisdn: Neighbour)]) },
        };
        var call = new CallsIn(Seconds(1), 1, Seconds(70));
        var day = Seeds
            .Select(seed => new Day(seed, house, [call]))
            .First(day => World.Run(day, tells: true).Said.Any(IsPickedUp) && MomentOf(day, IsPickedUp) < Seconds(15));
        var at = MomentOf(day, IsPickedUp) - TimeSpan.FromMilliseconds(1);
        for (var turns = 1; turns <= 12; turns++)
            Bears(day with { Acts = [call, new Dies(at, turns, Seconds(0.5))] });

        static bool IsPickedUp(string line) =>
            line.Contains("disk: leg", StringComparison.Ordinal)
            && line.EndsWith("Answered ", StringComparison.Ordinal);
    }

    /// <summary>
    /// Who had the call before is joined to the caller until the new one is: his end would be the caller's.
    /// </summary>
    /// <param name="target">The first is a speaker at home, the others are people outside.</param>
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_caller_who_is_handed_on_is_not_cut_off_with_who_had_him_before_whenever_the_process_dies(int target)
    {
        var bare = HouseWith(Call(Owner));
        var house = bare with
        {
            Devices = [.. bare.Devices, new(new("speaker-1"), DeviceType.Speaker, Number, Room: "hall")],
            Settings = new() { Policy = new(RingMode.Simultaneous, 30, [new(Msisdn: Neighbour)]) },
        };
        Act[] acts = [new CallsIn(Seconds(1), 1, Seconds(70)), new HandsOn(Seconds(32), target)];
        var day = Seeds
            .Select(seed => new Day(seed, house, acts))
            .First(day => World.Run(day, tells: true).Said.Any(IsLetGo));
        for (var turns = 1; turns <= 160; turns++)
            Bears(day with { Acts = [.. acts, new Dies(Seconds(32), turns, Seconds(0.5))] });

        static bool IsLetGo(string line) => line.Contains("HungUp BLIND_TRANSFER", StringComparison.Ordinal);
    }

    private static IEnumerable<ulong> Seeds => Enumerable.Range(1, Lives).Select(seed => (ulong)seed);

    private static void Live(House house, params Act[] acts)
    {
        foreach (var seed in Seeds)
            Bears(new(seed, house, acts));
    }

    private static void Bears(Day day)
    {
        var outcome = World.Run(day);
        Assert.True(outcome.Broken.Count == 0, outcome.Broken.Count == 0 ? "" : Shrinker.Explain(day));
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private static Happens Smoke(double at, string type = "smoke", string id = "e-1", string payload = "{}") =>
        new(Seconds(at), Sensor, id, type, payload, 0);

    private static CallAction Call(params Msisdn[] targets) => new(targets);

    private static Rule RuleOf(RuleAction action, string type = "smoke") =>
        new(new($"rule-{type}"), "Rule", type, new(Msisdn: Number), [action]);

    private static House HouseWith(RuleAction action) =>
        new(
            Number,
            new(),
            [new(Sensor, DeviceType.SensorSmoke, Number, Room: "kitchen")],
            [RuleOf(action), RuleOf(action, "button")],
            new(),
            1,
            new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero)
        );
}
