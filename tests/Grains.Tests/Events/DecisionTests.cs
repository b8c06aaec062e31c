using IotOrleans.Events;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Tests.Events;

public sealed class DecisionTests
{
    private static readonly Rule Fire = Some.Rule(Some.Call(Some.Owner));

    [Fact]
    public void A_rule_that_matches_opens_one_incident_with_its_first_legs()
    {
        var decision = Decision.Make(Some.Situation(Fire));
        Assert.Single(decision.Incidents);
        Assert.Single(decision.Legs);
        Assert.Equal("matched", Verdict(decision).Outcome);
        Assert.Equal(decision.Incidents[0].IncidentId, Verdict(decision).IncidentId);
    }

    [Fact]
    public void A_disabled_rule_does_nothing_and_says_so() =>
        Refuses(Some.Situation(Fire with { Enabled = false }), "disabled");

    [Theory]
    [InlineData("test")]
    [InlineData("muted")]
    [InlineData("fault")]
    [InlineData("retained")]
    public void What_is_not_the_real_thing_calls_nobody(string mark) =>
        Refuses(Some.Situation(Fire, Some.Event(payload: $$"""{"{{mark}}": true}""")), mark);

    [Fact]
    public void The_end_of_a_state_calls_nobody() =>
        Refuses(Some.Situation(Fire, Some.Event(payload: """{"active": false}""")), "no_edge");

    [Fact]
    public void A_state_that_goes_on_is_not_a_new_alarm() =>
        Refuses(Some.Situation(Fire, Some.Event(payload: """{"active": true}"""), lastEdge: true), "no_edge");

    [Fact]
    public void A_state_that_begins_again_is_a_new_alarm() =>
        Assert.Single(
            Decision.Make(Some.Situation(Fire, Some.Event(payload: """{"active": true}"""), lastEdge: false)).Incidents
        );

    [Fact]
    public void A_rule_cools_down()
    {
        var slow = Fire with { CooldownSeconds = 600 };
        Refuses(Some.Situation(slow, lastOpened: Some.Noon.AddSeconds(-599)), "cooldown");
        Assert.Single(Decision.Make(Some.Situation(slow, lastOpened: Some.Noon.AddSeconds(-600))).Incidents);
    }

    [Fact]
    public void Quiet_hours_hold_back_a_doorbell_but_never_a_fire()
    {
        var quiet = new SubscriberSettings(TimeZone: "Europe/Moscow", QuietHours: new("14:00", "16:00"));
        Refuses(Some.Situation(Some.Rule(Some.Call(Some.Owner), "doorbell"), settings: quiet), "quiet_hours");
        Assert.Single(Decision.Make(Some.Situation(Fire, settings: quiet)).Incidents);
    }

    [Fact]
    public void A_condition_that_fails_is_named_with_what_it_met()
    {
        var rule = Fire with { Conditions = new(Room: "garage") };
        var verdict = Verdict(Refuses(Some.Situation(rule), "condition"));
        Assert.Equal(new("room", "garage", "kitchen", false), Assert.Single(verdict.Conditions));
    }

    [Fact]
    public void A_time_window_is_judged_in_the_subscribers_zone()
    {
        var rule = Fire with { Conditions = new(Time: new("15:00", "16:00")) };
        Assert.Single(Decision.Make(Some.Situation(rule, settings: new(TimeZone: "Europe/Moscow"))).Incidents);
        Refuses(Some.Situation(rule), "condition");
    }

    [Theory]
    [InlineData(PayloadOp.Eq, "72", true)]
    [InlineData(PayloadOp.Ne, "72", false)]
    [InlineData(PayloadOp.Gt, "71", true)]
    [InlineData(PayloadOp.Gt, "72", false)]
    [InlineData(PayloadOp.Ge, "72", true)]
    [InlineData(PayloadOp.Lt, "73", true)]
    [InlineData(PayloadOp.Le, "71", false)]
    [InlineData(PayloadOp.Lt, "\"80\"", false)]
    [InlineData(PayloadOp.Exists, null, true)]
    public void Payload_values_are_compared_like_with_like(PayloadOp op, string? value, bool matches)
    {
        var condition = new PayloadCondition("vitals.rate", op, value is null ? null : new(value));
        var rule = Fire with { Conditions = new(Payload: [condition]) };
        var situation = Some.Situation(rule, Some.Event(payload: """{"vitals": {"rate": 72}}"""));
        Assert.Equal(matches, Decision.Make(situation).Incidents.Length == 1);
    }

    [Fact]
    public void The_same_situation_gives_the_same_decision()
    {
        var first = Decision.Make(Some.Situation(Fire));
        var second = Decision.Make(Some.Situation(Fire));
        Assert.Equal(first.Incidents[0].IncidentId, second.Incidents[0].IncidentId);
        Assert.Equal(first.Legs[0].CallId, second.Legs[0].CallId);
    }

    [Theory]
    [InlineData("Fire in {room} at {time}", "Fire in kitchen at 12:00")]
    [InlineData("{payload.co} ppm", "41 ppm")]
    [InlineData("{payload.missing}", "unknown")]
    [InlineData("{nonsense}", "unknown")]
    [InlineData("no braces", "no braces")]
    [InlineData("open { brace", "open { brace")]
    public void Texts_are_filled_with_facts_and_never_with_nothing(string text, string expected)
    {
        var situation = Some.Situation(Fire, Some.Event(payload: """{"co": 41}"""));
        Assert.Equal(expected, Wording.Fill(text, IotOrleans.Incidents.EventFacts.Of(situation)));
    }

    private static Decision Refuses(Situation situation, string outcome)
    {
        var decision = Decision.Make(situation);
        Assert.Empty(decision.Incidents);
        Assert.Empty(decision.Legs);
        Assert.Equal(outcome, Verdict(decision).Outcome);
        return decision;
    }

    private static RuleVerdict Verdict(Decision decision) => Assert.Single(decision.Explanation.Rules);
}
