using IotOrleans.Calls;
using IotOrleans.Incidents;
using IotOrleans.Rules;

namespace IotOrleans.Tests.Incidents;

/// <summary>What people who were called may say by a key: I know, it is nothing, call the next one.</summary>
public sealed class KeyTests
{
    private static readonly Rule Ladder = Some.Rule(Some.Call(Some.Owner)) with
    {
        Actions = [Some.Call(Some.Owner), Some.Call(Some.Neighbour), Some.Call(Some.Grandson)],
        Escalation = new(WaitSeconds: 60),
    };

    private static readonly Rule InTurn = Some.Rule(
        Some.Call(Some.Owner, Some.Neighbour) with
        {
            Mode = CallMode.UntilAcknowledged,
            Attempts = 3,
        }
    );

    [Fact]
    public void A_false_alarm_ends_the_incident_and_calls_nobody_else()
    {
        var course = new Course(Ladder);
        course.Presses(Some.Owner, "2");
        Assert.Equal(IncidentStatus.Cancelled, course.Incident.Status);
        Assert.Equal($"a false alarm, says {Some.Owner}", course.Incident.Note);
        Assert.Equal("false_alarm", course.OutcomeOf(Some.Owner));
        Assert.Equal("not_needed", course.OutcomeOf(Some.Neighbour));
        course.Pass(600);
        Assert.Equal([Some.Owner], course.Dialled);
    }

    [Fact]
    public void Who_asks_for_the_next_one_has_the_next_one_called_at_once()
    {
        var course = new Course(Ladder);
        course.Presses(Some.Owner, "5");
        Assert.Equal([Some.Owner, Some.Neighbour], course.Dialled);
        Assert.Equal("escalated", course.OutcomeOf(Some.Owner));
        course.Presses(Some.Neighbour, "5");
        Assert.Equal([Some.Owner, Some.Neighbour, Some.Grandson], course.Dialled);
    }

    [Fact]
    public void Who_asked_for_the_next_one_may_still_acknowledge_and_is_not_called_again()
    {
        var course = new Course(InTurn);
        course.Presses(Some.Owner, "5");
        Assert.Equal([Some.Owner, Some.Neighbour], course.Dialled);
        course.Presses(Some.Owner, "5", "NORMAL_CLEARING");
        course.Ends(Some.Neighbour, "NO_ANSWER");
        course.Pass(300);
        Assert.Equal([Some.Owner, Some.Neighbour, Some.Neighbour], course.Dialled);

        var other = new Course(InTurn);
        other.Presses(Some.Owner, "5");
        other.Acknowledges(Some.Owner);
        Assert.Equal(IncidentStatus.Acknowledged, other.Incident.Status);
    }

    [Fact]
    public void A_report_that_comes_twice_asks_for_one_more_and_not_for_two()
    {
        var course = new Course(Ladder);
        course.Presses(Some.Owner, "5");
        var leg = course.Incident.Dials[0].CallId!.Value;
        Assert.Null(course.Incident.After(new LegReport(leg, true, false, null, course.Now, Key: "5")));
    }

    [Theory]
    [InlineData("1", null, "Thank you. The alarm is acknowledged.")]
    [InlineData("2", "en", "It is recorded as a false alarm. Nobody else will be called.")]
    [InlineData("5", "en-GB", "The next person is called now.")]
    [InlineData("1", "ru", "Спасибо. Тревога принята.")]
    [InlineData("5", "ru-RU", "Звоним следующему.")]
    public void The_call_says_aloud_what_was_recorded(string key, string? language, string text) =>
        Assert.Equal(text, CallKeys.Answer(key, new("Fire", Language: language)).Text);

    [Fact]
    public void A_key_that_means_nothing_is_said_to_mean_nothing() =>
        Assert.StartsWith("This key records nothing.", CallKeys.Answer("9", null).Text, StringComparison.Ordinal);

    [Theory]
    [InlineData("2", "5", "2")]
    [InlineData("5", "1", "1")]
    [InlineData("5", "2", "2")]
    [InlineData("9", "5", "5")]
    [InlineData("1", "2", "1")]
    [InlineData("5", "9", "5")]
    public void Of_two_keys_the_one_that_decides_more_counts(string first, string second, string counts)
    {
        var leg = Some.Opened([Some.Call(Some.Owner) with { Ack = AckKind.Dtmf }]).Legs[0];
        var answered = leg.After(new(SwitchEventKind.Answered, Some.Noon), Some.Noon)!;
        var pressed = answered.After(new(SwitchEventKind.Dtmf, Some.Noon, first), Some.Noon)!;
        var last = pressed.After(new(SwitchEventKind.Dtmf, Some.Noon, second), Some.Noon) ?? pressed;
        Assert.Equal(counts, last.Order!.Pressed);
        Assert.Equal(counts == "1" ? null : counts, last.ToReport(Some.Noon).Key);
    }

    [Fact]
    public void A_call_without_a_message_of_its_own_says_which_keys_there_are()
    {
        var leg = Some.Opened([Some.Call(Some.Owner) with { Ack = AckKind.Dtmf }]).Legs[0];
        Assert.EndsWith("5 to call the next person.", leg.Order!.Message!.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Press", Some.Opened([Some.Call(Some.Owner)]).Legs[0].Order!.Message!.Text!);
    }
}
