using IotOrleans.Events;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Tests.Events;

/// <summary>Old news, news that is told again, and silences: what is recorded and calls nobody.</summary>
public sealed class EdgeGuardTests
{
    private static readonly Rule Fire = Some.Rule(Some.Call(Some.Owner));

    [Theory]
    [InlineData("smoke", 3600, "matched")]
    [InlineData("smoke", 3601, "stale")]
    [InlineData("doorbell", 900, "matched")]
    [InlineData("doorbell", 901, "stale")]
    [InlineData("smoke", -86400, "matched")]
    [InlineData("smoke", 8 * 86400, "matched")]
    public void News_has_an_age_by_the_sensors_clock_unless_that_clock_is_wrong(string type, int age, string outcome)
    {
        var rule = Some.Rule(Some.Call(Some.Owner), type);
        var told = Some.Event(type) with { OccurredAt = Some.Noon.AddSeconds(-age) };
        Assert.Equal(outcome, Decision.Make(Some.Situation(rule, told)).Explanation.Rules[0].Outcome);
    }

    [Fact]
    public void A_rule_says_how_old_its_news_may_be()
    {
        var told = Some.Event() with { OccurredAt = Some.Noon.AddSeconds(-61) };
        Assert.Empty(Decision.Make(Some.Situation(Fire with { StaleSeconds = 60 }, told)).Incidents);
        Assert.Single(Decision.Make(Some.Situation(Fire with { StaleSeconds = 0 }, told)).Incidents);
    }

    [Theory]
    [InlineData("""{"active": true, "retained": true}""")]
    [InlineData("""{"active": true, "test": true}""")]
    public void What_is_not_real_does_not_count_as_the_beginning_either(string payload) =>
        Assert.Null(Decision.Make(Some.Situation(Fire, Some.Event(payload: payload))).Edge);

    [Fact]
    public void Old_news_does_not_hide_the_fresh_one()
    {
        var late = Some.Event(payload: """{"active": true}""") with { OccurredAt = Some.Noon.AddHours(-2) };
        Assert.Null(Decision.Make(Some.Situation(Fire, late)).Edge);
    }

    [Theory]
    [InlineData(-1, "matched")]
    [InlineData(0, "silenced")]
    [InlineData(3599, "silenced")]
    [InlineData(3600, "matched")]
    public void A_silence_begins_and_ends_by_itself(int second, string outcome)
    {
        var bell = Some.Rule(Some.Call(Some.Owner), "doorbell");
        var silence = new Silence("s", Some.Noon, Some.Noon.AddHours(1), "painters", "olga", Room: "kitchen");
        var told = Some.Event("doorbell", at: Some.Noon.AddSeconds(second));
        var situation = Some.Situation(bell, told) with { Silences = [silence] };
        Assert.Equal(outcome, Decision.Make(situation).Explanation.Rules[0].Outcome);
    }

    [Theory]
    [InlineData(false, "matched")]
    [InlineData(true, "silenced")]
    public void A_silence_covers_a_fire_only_when_that_was_said_on_purpose(bool lifeSafety, string outcome)
    {
        var silence = new Silence("s", Some.Noon, Some.Noon.AddHours(1), "painters", "olga", LifeSafety: lifeSafety);
        var verdict = Decision.Make(Some.Situation(Fire) with { Silences = [silence] }).Explanation.Rules[0];
        Assert.Equal(outcome, verdict.Outcome);
        Assert.Contains(verdict.Conditions, condition => condition.Condition == "silence");
    }
}
