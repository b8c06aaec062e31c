using IotOrleans.Events;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Tests.Events;

/// <summary>Scripted refusals, each named rightly, with what would have made it act.</summary>
public sealed class WhyNotTests
{
    private static readonly Rule Fire = Some.Rule(Some.Call(Some.Owner));
    private static readonly Rule Bell = Some.Rule(Some.Call(Some.Owner), "doorbell", "bell");

    public static TheoryData<string, string, string> Refusals =>
        new()
        {
            { "disabled", "disabled", "enable it" },
            { "test", "test", "without the mark 'test'" },
            { "muted", "muted", "without the mark 'muted'" },
            { "siren", "siren", "without the mark 'siren'" },
            { "stale", "stale", "at most 3600 s old; this was 3601 s old" },
            { "ended", "no_edge", "a beginning of the state; this was: an end" },
            { "goes on", "no_edge", "a beginning of the state; this was: it goes on" },
            { "room", "condition", "room garage (it was kitchen)" },
            { "time", "condition", "time 03:00 to 04:00 (it was 12:00 fri)" },
            { "payload", "condition", "level gt 5 (it was 3)" },
            { "cooldown", "cooldown", "from 2026-11-20 12:05:00Z" },
            { "quiet", "quiet_hours", "outside 11:00 to 13:00, or one of life-safety" },
            { "silenced", "silenced", "by olga until 2026-11-20 13:00:00Z: painters" },
        };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Each_refusal_is_named_with_what_would_have_made_it_act(string why, string outcome, string remedy)
    {
        var verdict = Assert.Single(Decision.Make(Scene(why)).Explanation.Rules);
        Assert.Equal(outcome, verdict.Outcome);
        Assert.Contains(remedy, WhyNot.Of(verdict)!, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_no_rule_waits_the_rule_that_is_missing_is_named()
    {
        var told = Some.Event("freezer_door");
        var log = new EventLog("e", Some.Smoke, told.EventType, told.OccurredAt, told.ReceivedAt, told.Payload, [], "");
        Assert.Equal(
            [
                "a rule for freezer_door with the scope device_id smoke-1 or msisdn +79160000010 "
                    + "or device_type sensor_smoke",
            ],
            WhyNot.Of(log, Explanation.Nothing, Some.SmokeSensor)
        );
    }

    [Fact]
    public void A_rule_that_acted_needs_nothing_more() =>
        Assert.Null(WhyNot.Of(Decision.Make(Some.Situation(Fire)).Explanation.Rules[0]));

    private static Situation Scene(string why) =>
        why switch
        {
            "disabled" => Some.Situation(Fire with { Enabled = false }),
            "test" or "muted" or "siren" => Payload($$"""{"{{why}}": true}"""),
            "stale" => Some.Situation(Fire, Some.Event() with { OccurredAt = Some.Noon.AddSeconds(-3601) }),
            "ended" => Payload("""{"active": false}"""),
            "goes on" => Payload("""{"active": true}""") with { LastEdge = true },
            "room" => Some.Situation(Fire with { Conditions = new(Room: "garage") }),
            "time" => Some.Situation(Fire with { Conditions = new(Time: new("03:00", "04:00")) }),
            "payload" => Some.Situation(
                Fire with
                {
                    Conditions = new(Payload: [new("level", PayloadOp.Gt, new("5"))]),
                },
                Some.Event(payload: """{"level": 3}""")
            ),
            "cooldown" => Some.Situation(Fire with { CooldownSeconds = 600 }, lastOpened: Some.Noon.AddSeconds(-300)),
            "quiet" => Some.Situation(Bell, settings: new(QuietHours: new("11:00", "13:00"))),
            _ => Some.Situation(Bell) with { Silences = [Painters] },
        };

    private static Silence Painters =>
        new("s", Some.Noon.AddHours(-1), Some.Noon.AddHours(1), "painters", "olga", DeviceId: Some.Smoke);

    private static Situation Payload(string payload) => Some.Situation(Fire, Some.Event(payload: payload));
}
