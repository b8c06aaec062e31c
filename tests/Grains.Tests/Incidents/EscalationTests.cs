using IotOrleans.Calls;
using IotOrleans.Incidents;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Tests.Incidents;

/// <summary>A ladder that only an acknowledgement stops.</summary>
public sealed class EscalationTests
{
    private static readonly Rule Ladder = Some.Rule(Some.Call(Some.Owner)) with
    {
        Actions =
        [
            new NotifyDeviceAction("Fire", AllOfSubscriber: true),
            Some.Call(Some.Owner),
            Some.Call(Some.Neighbour, Some.Grandson),
        ],
        Escalation = new(WaitSeconds: 60, Repeats: 1),
    };

    private readonly List<CallLeg> _ordered = [];
    private readonly List<RuleAction> _carried = [];
    private DateTimeOffset _now = Some.Noon;
    private Incident _incident = null!;

    [Fact]
    public void Each_step_waits_its_time_for_an_acknowledgement_and_then_the_next_one_is_tried()
    {
        Open(Ladder);
        Assert.Single(_carried);
        Assert.Empty(_ordered);
        Pass(59);
        Assert.Empty(_ordered);
        Pass(1);
        Assert.Equal([Some.Owner], Dialled());
        Pass(60);
        Assert.Equal([Some.Owner, Some.Neighbour, Some.Grandson], Dialled());
    }

    [Fact]
    public void A_step_whose_calls_have_all_failed_waits_no_longer()
    {
        Open(Ladder);
        Pass(60);
        Ends(Some.Owner, "USER_BUSY");
        Assert.Equal(3, _ordered.Count);
    }

    [Fact]
    public void A_delivered_message_and_an_answered_call_stop_nothing()
    {
        Open(Ladder);
        Pass(60);
        Answers(Some.Owner);
        Ends(Some.Owner, "NORMAL_CLEARING");
        Assert.Equal(3, _ordered.Count);
        Assert.Equal(IncidentStatus.Running, _incident.Status);
    }

    [Fact]
    public void The_ladder_is_climbed_again_under_new_names_and_fails_at_its_end()
    {
        Open(Ladder);
        Pass(60);
        Ends(Some.Owner, "USER_BUSY");
        Ends(Some.Neighbour, "NO_ANSWER");
        Ends(Some.Grandson, "NO_ANSWER");
        Assert.Equal(2, _carried.Count);
        Pass(60);
        Ends(Some.Owner, "USER_BUSY");
        Ends(Some.Neighbour, "NO_ANSWER");
        Ends(Some.Grandson, "NO_ANSWER");
        Assert.Equal(6, _ordered.Select(leg => leg.CallId).Distinct().Count());
        Assert.Equal((IncidentStatus.Failed, "nobody acknowledged"), (_incident.Status, _incident.Note));
    }

    [Fact]
    public void A_line_that_is_still_open_at_the_end_may_yet_acknowledge()
    {
        Open(Ladder with { Escalation = new(60, 0) });
        Pass(60);
        Answers(Some.Owner);
        Pass(60);
        Ends(Some.Neighbour, "NO_ANSWER");
        Ends(Some.Grandson, "NO_ANSWER");
        Assert.Equal(IncidentStatus.Running, _incident.Status);
        Report(Some.Owner, leg => new(leg, true, true, null, _now));
        Assert.Equal(IncidentStatus.Acknowledged, _incident.Status);
    }

    [Fact]
    public void An_acknowledgement_ends_the_ladder_and_says_what_was_not_needed()
    {
        Open(Ladder);
        Pass(60);
        Report(Some.Owner, leg => new(leg, true, true, null, _now));
        Assert.Equal(IncidentStatus.Acknowledged, _incident.Status);
        Assert.Equal(
            [Some.Neighbour.ToString(), Some.Grandson.ToString()],
            _incident.Attempts.Where(attempt => attempt.Outcome == "not_needed").Select(attempt => attempt.Target)
        );
    }

    [Fact]
    public void Calls_of_a_ladder_always_ask_for_the_key()
    {
        Open(Ladder);
        Pass(60);
        Assert.True(_ordered[0].Order!.NeedsKey);
    }

    [Fact]
    public void An_action_that_a_crash_interrupted_is_carried_out_again()
    {
        var move = Incident.Open(Ladder, Some.Situation(Ladder)).Advance(_now, Some.Gate);
        Assert.NotNull(move.Action);
        Assert.NotNull(move.Incident.Advance(_now.AddSeconds(5), Some.Gate).Action);
    }

    [Fact]
    public void What_is_held_does_nothing_until_the_people_at_home_had_their_time()
    {
        Open(Some.Rule(Some.Call(Some.Owner)) with { HoldSeconds = 20 });
        Assert.Empty(_ordered);
        Assert.Equal(_now.AddSeconds(20), _incident.DueAt);
        Pass(19);
        Assert.Empty(_ordered);
        Pass(1);
        Assert.Equal([Some.Owner], Dialled());
    }

    [Fact]
    public void A_false_alarm_that_is_called_off_in_time_calls_nobody()
    {
        Open(Some.Rule(Some.Call(Some.Owner)) with { HoldSeconds = 20 });
        Assert.True(_incident.WantsAcknowledgement);
        _incident = _incident.Acknowledge("kitchen", null, _now);
        Pass(30);
        Assert.Empty(_ordered);
    }

    [Fact]
    public void Contacts_are_taken_from_the_subscriber_in_their_order_after_the_targets()
    {
        var rule = Some.Rule(Some.Call(Some.Centre) with { EmergencyContacts = true }, "fall");
        var settings = new SubscriberSettings(EmergencyContacts: [new(Some.Neighbour), new(Some.Grandson, "Ivan")]);
        Take(Incident.Open(rule, Some.Situation(rule, settings: settings)).Advance(_now, Some.Gate));
        Assert.Equal([Some.Centre, Some.Neighbour, Some.Grandson], Dialled());
    }

    [Fact]
    public void A_test_goes_to_the_owner_only_and_says_that_it_is_one()
    {
        var rule = Ladder with
        {
            Actions =
            [
                Some.Call(Some.Neighbour, Some.Centre) with
                {
                    Message = new("Fire"),
                },
                new WebhookAction("http://x"),
            ],
        };
        var settings = new SubscriberSettings(TestUntil: _now.AddHours(1));
        Take(Incident.Open(rule, Some.Situation(rule, settings: settings)).Advance(_now, Some.Gate));
        Assert.Equal([Some.Owner], Dialled());
        Assert.Equal("This is a test alarm. Fire", _ordered[0].Order!.Message!.Text);
        Assert.Single(_incident.Actions);
        Assert.True(_incident.ToRecord().Test);
    }

    [Fact]
    public void Events_of_other_devices_join_once_each_while_it_runs()
    {
        Open(Ladder);
        var joined = new JoinedEvent(new("smoke-2"), "e-2", "Hall", _now);
        _incident = _incident.With(joined)!;
        Assert.Same(_incident, _incident.With(joined));
        Assert.Single(_incident.ToRecord().Joined!);
        Assert.Null(_incident.Cancel("olga", _now).With(joined with { EventId = "e-3" }));
    }

    private void Open(Rule rule) => Take(Incident.Open(rule, Some.Situation(rule)).Advance(_now, Some.Gate));

    private void Pass(int seconds)
    {
        _now = _now.AddSeconds(seconds);
        Take(_incident.Advance(_now, Some.Gate));
    }

    private void Take(IncidentMove move)
    {
        _incident = move.Incident;
        _ordered.AddRange(move.Legs);
        if (move.Action is not { } action)
            return;
        _carried.Add(action);
        _incident = _incident.Did(action, [new(action.Name(), "x", "delivered", _now)], _now);
        Take(_incident.Advance(_now, Some.Gate));
    }

    private void Answers(Msisdn who) => Report(who, leg => new(leg, true, false, null, _now));

    private void Ends(Msisdn who, string cause) => Report(who, leg => new(leg, false, false, cause, _now));

    private void Report(Msisdn who, Func<CallId, LegReport> report)
    {
        var leg = _ordered.Last(leg => leg.To == who.ToString());
        _incident = _incident.After(report(leg.CallId)) ?? throw new InvalidOperationException("Not taken.");
        if (_incident.IsRunning)
            Take(_incident.Advance(_now, Some.Gate));
    }

    private IEnumerable<Msisdn> Dialled() => _ordered.Select(leg => leg.Order!.Number!.Value);
}
