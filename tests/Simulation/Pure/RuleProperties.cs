using FsCheck;
using FsCheck.Fluent;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Json;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Simulation.Pure;

/// <summary>Conditions, windows, lists of rules and call plans.</summary>
public sealed class RuleProperties
{
    private static readonly Gen<string> Time = Gen.Choose(0, 1439).Select(m => $"{m / 60:00}:{m % 60:00}");

    [Fact]
    public void A_window_and_what_is_left_of_the_day_share_no_minute_and_miss_none() =>
        Given.Any(
            Time.Zip(Time).Zip(Gen.Choose(0, 100_000)),
            one =>
            {
                var ((from, to), minute) = one;
                var local = new DateTime(2026, 3, 1).AddMinutes(minute);
                return from == to
                    || new TimeWindow(from, to).Contains(local) != new TimeWindow(to, from).Contains(local);
            }
        );

    [Fact]
    public void A_window_on_some_days_and_on_the_others_is_the_window() =>
        Given.Any(
            Time.Zip(Time).Zip(Gen.Choose(0, 100_000)).Zip(Gen.Choose(0, 127)),
            one =>
            {
                var (((from, to), minute), mask) = one;
                string[] all = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
                string[] some = [.. all.Where((_, index) => (mask >> index & 1) == 1), "none"];
                string[] others = [.. all.Except(some), "none"];
                var local = new DateTime(2026, 3, 1).AddMinutes(minute);
                var whole = new TimeWindow(from, to).Contains(local);
                var parts = new[] { some, others }.Count(days => new TimeWindow(from, to, days).Contains(local));
                return parts == (whole ? 1 : 0);
            }
        );

    [Fact]
    public void Of_two_numbers_exactly_one_of_less_equal_and_greater_holds() =>
        Given.Any(
            Gen.Choose(-50, 50).Zip(Gen.Choose(-50, 50)),
            one =>
            {
                using var payload = new JsonText($"{{\"a\":{{\"b\":[0,{one.Item1}]}}}}").Parse();
                bool Holds(PayloadOp op) =>
                    new PayloadCondition("a.b.1", op, new($"{one.Item2}")).Judge(payload.RootElement).Passed;
                return new[] { PayloadOp.Lt, PayloadOp.Eq, PayloadOp.Gt }.Count(Holds) == 1
                    && Holds(PayloadOp.Le) != Holds(PayloadOp.Gt)
                    && Holds(PayloadOp.Ge) != Holds(PayloadOp.Lt)
                    && Holds(PayloadOp.Ne) != Holds(PayloadOp.Eq);
            }
        );

    [Fact]
    public void A_later_version_of_a_rule_stays_whatever_comes_after_it() =>
        Given.Any(
            Gen.Choose(1, 4).Zip(Gen.Choose(1, 5)).ListOf(12),
            versions =>
            {
                Rule[] held = [];
                foreach (var (name, version) in versions)
                    held = RuleList.With(held, RuleOf(name, version)) ?? held;
                return held.All(rule =>
                        rule.Version
                        == versions.Where(one => $"r{one.Item1}" == rule.RuleId.Value).Max(one => one.Item2)
                    )
                    && held.Select(rule => rule.RuleId).Distinct().Count() == held.Length;
            }
        );

    [Fact]
    public void A_plan_rings_every_speaker_once_in_whatever_order_and_the_fallback_after_them() =>
        Given.Any(
            Gen.Choose(1, 6).Zip(Gen.Choose(0, 3)).Zip(Gen.Elements(Enum.GetValues<RingMode>())).Zip(Gen.Choose(0, 40)),
            one =>
            {
                var (((speakers, fallbacks), mode), turn) = one;
                RingTarget[] fallback =
                [
                    .. Enumerable.Range(0, fallbacks).Select(index => new RingTarget(DialString: $"user/{index}")),
                ];
                var box = new SubscriberBox
                {
                    Settings = new(Policy: new(mode, Fallback: fallback)),
                    Devices =
                    [
                        .. Enumerable.Range(0, speakers).Select(index => new BoundDevice(new($"s{index}"), true)),
                    ],
                };
                var plan = CallPlans.For(box, new("+79161234567", DateTimeOffset.UnixEpoch, turn, []))!;
                var home = plan.Steps.Take(plan.FallbackAt).SelectMany(step => step.Targets).ToArray();
                return home.Select(target => target.DeviceId!.Value).Distinct().Count() == speakers
                    && home.Length == speakers
                    && plan.Fallback.SelectMany(step => step.Targets).SequenceEqual(fallback);
            }
        );

    [Fact]
    public void Whoever_is_not_to_be_disturbed_is_rung_only_by_those_who_may() =>
        Given.Any(
            Gen.Elements(Enum.GetValues<CallerVerdict>()).Zip(Gen.Elements("+79161234567", "+7495*", "withheld")),
            one =>
            {
                var (verdict, who) = one;
                var box = new SubscriberBox
                {
                    Settings = new(
                        DoNotDisturbUntil: DateTimeOffset.UnixEpoch.AddHours(1),
                        Callers: [new(who, verdict, "Grandma")]
                    ),
                    Devices = [new(new("s1"), true)],
                };
                var plan = CallPlans.For(box, new("+79161234567", DateTimeOffset.UnixEpoch, 0, []))!;
                var isAllowed = verdict == CallerVerdict.Allow && who == "+79161234567";
                return plan.Steps.Length > 0 == isAllowed;
            }
        );

    private static Rule RuleOf(int name, int version) =>
        new(new($"r{name}"), "Rule", "smoke", new(DeviceType: DeviceType.Hub), [], Version: version);
}
