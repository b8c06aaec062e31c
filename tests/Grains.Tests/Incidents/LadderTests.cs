using IotOrleans.Calls;
using IotOrleans.Incidents;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Tests.Incidents;

/// <summary>An incident without grains: what is ordered when, and how it ends.</summary>
public sealed class LadderTests
{
    private DateTimeOffset _now = Some.Noon;
    private Incident _incident = null!;
    private readonly List<CallLeg> _ordered = [];

    [Fact]
    public void Every_target_is_called_at_once_and_once()
    {
        Open(Some.Call(Some.Owner, Some.Neighbour, Some.Owner));
        Assert.Equal([Some.Owner, Some.Neighbour], Dialled());
        GoOn();
        Assert.Equal(2, _ordered.Count);
    }

    [Fact]
    public void Calls_to_everybody_end_completed_when_somebody_answered()
    {
        Open(Some.Call(Some.Owner, Some.Neighbour));
        Answers(Some.Owner);
        Ends(Some.Owner, "NORMAL_CLEARING");
        Assert.Equal(IncidentStatus.Running, _incident.Status);
        Ends(Some.Neighbour, "USER_BUSY");
        Assert.Equal(IncidentStatus.Completed, _incident.Status);
        Assert.Equal(["answered", "user_busy"], _incident.Attempts.Select(attempt => attempt.Outcome));
    }

    [Fact]
    public void Calls_that_reach_nobody_end_failed()
    {
        Open(Some.Call(Some.Owner));
        Ends(Some.Owner, "NO_ANSWER");
        Assert.Equal(IncidentStatus.Failed, _incident.Status);
        Assert.NotNull(_incident.ClosedAt);
    }

    [Fact]
    public void Until_answered_calls_one_after_another_and_stops_at_the_first_who_picks_up()
    {
        Open(Some.Call(Some.Owner, Some.Neighbour, Some.Grandson) with { Mode = CallMode.UntilAnswered });
        Assert.Equal([Some.Owner], Dialled());
        Ends(Some.Owner, "USER_BUSY");
        Assert.Equal([Some.Owner, Some.Neighbour], Dialled());
        Answers(Some.Neighbour);
        Ends(Some.Neighbour, "NORMAL_CLEARING");
        Assert.Equal(2, _ordered.Count);
        Assert.Equal(IncidentStatus.Completed, _incident.Status);
        Assert.Equal("not_needed", Outcome(Some.Grandson));
    }

    [Fact]
    public void Until_acknowledged_goes_past_voicemail_and_stops_at_the_key()
    {
        Open(
            Some.Call(Some.Owner, Some.Neighbour, Some.Grandson, Some.Centre) with
            {
                Mode = CallMode.UntilAcknowledged,
            }
        );
        Ends(Some.Owner, "CALL_REJECTED");
        Answers(Some.Neighbour);
        Ends(Some.Neighbour, "NORMAL_CLEARING");
        Answers(Some.Grandson);
        Presses(Some.Grandson);
        Assert.Equal(IncidentStatus.Acknowledged, _incident.Status);
        Assert.Equal(Some.Grandson.ToString(), _incident.AcknowledgedBy);
        Assert.Equal(3, _ordered.Count);
        Assert.Equal("not_needed", Outcome(Some.Centre));
    }

    [Fact]
    public void Answered_is_not_reached_when_a_key_is_asked_for()
    {
        Open(Some.Call(Some.Owner) with { Ack = AckKind.Dtmf });
        Answers(Some.Owner);
        Ends(Some.Owner, "NORMAL_CLEARING");
        Assert.Equal(IncidentStatus.Failed, _incident.Status);
    }

    [Fact]
    public void A_busy_number_is_tried_again_after_the_pause_under_a_new_name()
    {
        Open(Some.Call(Some.Owner) with { Attempts = 2, RetrySeconds = 60 });
        Ends(Some.Owner, "USER_BUSY");
        Assert.Equal(IncidentStatus.Running, _incident.Status);
        Assert.Single(_ordered);
        Assert.True(_incident.DueAt <= _now.AddSeconds(60));
        Pass(59);
        Assert.Single(_ordered);
        Pass(1);
        Assert.Equal(2, _ordered.Count);
        Assert.NotEqual(_ordered[0].CallId, _ordered[1].CallId);
        Ends(Some.Owner, "USER_BUSY");
        Assert.Equal(IncidentStatus.Failed, _incident.Status);
    }

    [Fact]
    public void A_number_that_does_not_exist_is_not_tried_again()
    {
        Open(Some.Call(Some.Owner) with { Attempts = 5, RetrySeconds = 0 });
        Ends(Some.Owner, "UNALLOCATED_NUMBER");
        Assert.Equal(IncidentStatus.Failed, _incident.Status);
    }

    [Fact]
    public void While_one_waits_for_its_second_try_the_next_one_is_called()
    {
        Open(
            Some.Call(Some.Owner, Some.Neighbour) with
            {
                Mode = CallMode.UntilAnswered,
                Attempts = 2,
                RetrySeconds = 300,
            }
        );
        Ends(Some.Owner, "NO_ANSWER");
        Assert.Equal([Some.Owner, Some.Neighbour], Dialled());
    }

    [Theory]
    [InlineData("smoke", 2)]
    [InlineData("doorbell", 1)]
    public void An_outcome_that_nobody_knows_is_tried_once_more_only_for_life_safety(string eventType, int calls)
    {
        Open(Some.Call(Some.Owner), eventType);
        Ends(Some.Owner, HangupCauses.Lost);
        Assert.Equal(calls, _ordered.Count);
        Assert.Equal("unknown", _incident.Attempts[0].Outcome);
    }

    [Fact]
    public void Emergency_numbers_are_not_dialled_and_the_incident_says_so()
    {
        Open(Some.Call(new Msisdn("112"), Some.Owner));
        Assert.Equal([Some.Owner], Dialled());
        Assert.Equal("emergency_number_not_enabled", _incident.Attempts[0].Outcome);
    }

    [Fact]
    public void Late_and_repeated_reports_change_nothing()
    {
        Open(Some.Call(Some.Owner));
        var leg = _ordered[0].CallId;
        Ends(Some.Owner, "USER_BUSY");
        Assert.Null(_incident.After(new LegReport(leg, false, false, "USER_BUSY", _now)));
        Assert.Null(_incident.After(new LegReport(leg, true, true, null, _now)));
        Assert.Null(_incident.After(new LegReport(new(Guid.NewGuid()), true, false, null, _now)));
    }

    [Fact]
    public void The_end_of_a_leg_that_comes_before_its_answer_tells_of_the_answer_too()
    {
        Open(Some.Call(Some.Owner) with { Attempts = 3 });
        var leg = _ordered[0].CallId;
        Take(_incident.After(new LegReport(leg, true, false, "NORMAL_CLEARING", _now))!.Advance(_now, Some.Gate));
        Assert.Equal("answered", Outcome(Some.Owner));
        Assert.Equal(IncidentStatus.Completed, _incident.Status);
        Assert.Single(_ordered);
        Assert.Null(_incident.After(new LegReport(leg, true, false, null, _now)));
    }

    [Fact]
    public void The_end_of_a_leg_whose_key_was_not_heard_of_acknowledges()
    {
        Open(Some.Call(Some.Owner, Some.Neighbour) with { Mode = CallMode.UntilAcknowledged });
        _incident = _incident.After(new LegReport(_ordered[0].CallId, true, true, "NORMAL_CLEARING", _now))!;
        Assert.Equal(IncidentStatus.Acknowledged, _incident.Status);
        Assert.Equal(Some.Owner.ToString(), _incident.AcknowledgedBy);
    }

    [Fact]
    public void A_message_after_the_calls_does_not_wait_for_them()
    {
        var move = Some.Opened([Some.Call(Some.Owner), new SendSmsAction([Some.Owner], "Fire")]);
        Assert.Single(move.Legs);
        Assert.IsType<SendSmsAction>(move.Action);
    }

    [Fact]
    public void A_message_after_a_ladder_waits_until_the_ladder_is_at_its_end()
    {
        Open([
            Some.Call(Some.Owner) with
            {
                Mode = CallMode.UntilAcknowledged,
            },
            new SendSmsAction([Some.Owner], "Fire"),
        ]);
        Ends(Some.Owner, "NO_ANSWER");
        Assert.IsType<SendSmsAction>(_incident.Advance(_now, Some.Gate).Action);
    }

    [Fact]
    public void Acknowledging_from_outside_is_not_done_before_every_leg_that_lives_has_ended()
    {
        Open(Some.Call(Some.Owner, Some.Neighbour));
        var closed = _incident.Acknowledge("operator", "all well", _now);
        Assert.Equal(IncidentStatus.Acknowledged, closed.Status);
        Assert.Equal(2, closed.LivingLegs.Count());
        Assert.Equal(_now, closed.DueAt);
    }

    [Fact]
    public void The_same_event_and_rule_have_the_same_incident_and_the_same_legs()
    {
        var first = Some.Opened([Some.Call(Some.Owner, Some.Neighbour)]);
        var second = Some.Opened([Some.Call(Some.Owner, Some.Neighbour)]);
        Assert.Equal(first.Incident.IncidentId, second.Incident.IncidentId);
        Assert.Equal(first.Legs.Select(leg => leg.CallId), second.Legs.Select(leg => leg.CallId));
    }

    private void Open(RuleAction action, string eventType = "smoke") => Open([action], eventType);

    private void Open(RuleAction[] actions, string eventType = "smoke") => Take(Some.Opened(actions, eventType));

    private void GoOn() => Take(_incident.Advance(_now, Some.Gate));

    private void Pass(int seconds)
    {
        _now = _now.AddSeconds(seconds);
        GoOn();
    }

    private void Take(IncidentMove move)
    {
        _incident = move.Incident;
        _ordered.AddRange(move.Legs);
    }

    private void Answers(Msisdn who) => Report(who, leg => new(leg, true, false, null, _now));

    private void Presses(Msisdn who) => Report(who, leg => new(leg, true, true, null, _now));

    private void Ends(Msisdn who, string cause) => Report(who, leg => new(leg, false, false, cause, _now));

    private void Report(Msisdn who, Func<CallId, LegReport> report)
    {
        var leg = _ordered.Last(leg => leg.To == who.ToString());
        _incident = _incident.After(report(leg.CallId)) ?? throw new InvalidOperationException("Not taken.");
        if (_incident.IsRunning)
            GoOn();
    }

    private IEnumerable<Msisdn> Dialled() => _ordered.Select(leg => leg.Order!.Number!.Value);

    private string Outcome(Msisdn who) =>
        _incident.Attempts.Single(attempt => attempt.Target == who.ToString()).Outcome;
}
