using IotOrleans.Calls;
using IotOrleans.Incidents;

namespace IotOrleans.Tests.Calls;

public sealed class CallLegTests
{
    private static readonly CallLeg Ordered = Some.Opened([Some.Call(Some.Owner)]).Legs[0];

    private static readonly CallLeg WithKey = Some.Opened([
        Some.Call(Some.Owner) with
        {
            Ack = IotOrleans.Rules.AckKind.Dtmf,
        },
    ]).Legs[0];

    [Theory]
    [InlineData("smoke", DialLine.None, 3)]
    [InlineData("smoke", DialLine.Ordinary, 3)]
    [InlineData("smoke", DialLine.LifeSafety, 60)]
    [InlineData("doorbell", DialLine.None, 3)]
    [InlineData("doorbell", DialLine.Ordinary, 60)]
    [InlineData("doorbell", DialLine.LifeSafety, 60)]
    public void A_leg_that_others_go_before_is_looked_at_later_and_an_alarm_only_behind_alarms(
        string type,
        DialLine line,
        int seconds
    )
    {
        var gate = Some.Gate with { Line = line };
        var rule = Some.Rule(Some.Call(Some.Owner), type);
        var leg = Assert.Single(Incident.Open(rule, Some.Situation(rule, gate: gate)).Advance(Some.Noon, gate).Legs);
        Assert.Equal(Some.Noon.AddSeconds(seconds), leg.DueAt);
    }

    [Fact]
    public void Who_waits_for_room_is_counted_by_the_line_and_all_wait_behind_an_alarm()
    {
        var here = new LegsHere();
        here.Move(DialLine.None, DialLine.Ordinary);
        here.Move(DialLine.None, DialLine.LifeSafety);
        Assert.Equal(DialLine.LifeSafety, here.Line);
        here.Move(DialLine.LifeSafety, DialLine.None);
        Assert.Equal(DialLine.Ordinary, here.Line);
        here.Move(DialLine.Ordinary, DialLine.None);
        Assert.Equal(DialLine.None, here.Line);
    }

    [Theory]
    [InlineData(SwitchEventKind.Ringing, CallPhase.Ringing)]
    [InlineData(SwitchEventKind.Answered, CallPhase.Answered)]
    [InlineData(SwitchEventKind.HungUp, CallPhase.Ended)]
    public void What_the_switch_tells_moves_the_leg_on(SwitchEventKind kind, CallPhase expected) =>
        Assert.Equal(expected, Ordered.After(new(kind, Some.Noon, "USER_BUSY"), Some.Noon)!.Phase);

    [Theory]
    [InlineData(SwitchEventKind.Answered, SwitchEventKind.Ringing)]
    [InlineData(SwitchEventKind.Answered, SwitchEventKind.Answered)]
    [InlineData(SwitchEventKind.Ringing, SwitchEventKind.Ringing)]
    [InlineData(SwitchEventKind.HungUp, SwitchEventKind.Answered)]
    [InlineData(SwitchEventKind.HungUp, SwitchEventKind.HungUp)]
    [InlineData(SwitchEventKind.HungUp, SwitchEventKind.Ringing)]
    public void Nothing_goes_back_and_nothing_happens_twice(SwitchEventKind first, SwitchEventKind late)
    {
        var moved = Ordered.After(new(first, Some.Noon, "USER_BUSY"), Some.Noon)!;
        Assert.Null(moved.After(new(late, Some.Noon, "USER_BUSY"), Some.Noon));
    }

    [Fact]
    public void A_leg_that_ends_leaves_a_complete_record()
    {
        var answered = Ordered.After(new(SwitchEventKind.Answered, Some.Noon), Some.Noon.AddSeconds(4))!;
        var ended = answered.After(
            new(SwitchEventKind.HungUp, Some.Noon, "NORMAL_CLEARING"),
            Some.Noon.AddSeconds(10.2)
        )!;
        var cdr = ended.ToCdr();
        Assert.Equal(11, cdr.DurationSeconds);
        Assert.Equal(7, cdr.BillableSeconds);
        Assert.Equal(Some.Owner.ToString(), cdr.AnsweredBy);
        Assert.Equal(ended.EventId, cdr.EventId);
        Assert.Null(ended.DueAt);
    }

    [Fact]
    public void A_call_that_nobody_answered_costs_nothing()
    {
        var cdr = Ordered.After(new(SwitchEventKind.HungUp, Some.Noon, "NO_ANSWER"), Some.Noon.AddSeconds(30))!.ToCdr();
        Assert.Equal(0, cdr.BillableSeconds);
        Assert.Null(cdr.AnsweredBy);
    }

    [Fact]
    public void Every_leg_that_is_not_over_has_a_time_at_which_somebody_looks_again()
    {
        Assert.NotNull(Ordered.DueAt);
        Assert.NotNull(Ordered.After(new(SwitchEventKind.Ringing, Some.Noon), Some.Noon)!.DueAt);
        Assert.NotNull(Ordered.After(new(SwitchEventKind.Answered, Some.Noon), Some.Noon)!.DueAt);
    }

    [Fact]
    public void Only_the_key_that_was_asked_for_acknowledges()
    {
        var answered = WithKey.After(new(SwitchEventKind.Answered, Some.Noon), Some.Noon)!;
        var wrong = answered.After(new(SwitchEventKind.Dtmf, Some.Noon, "9"), Some.Noon)!;
        Assert.False(wrong.ToReport(Some.Noon).Acknowledged);
        Assert.Equal("pressed 9, which acknowledges nothing", wrong.ToReport(Some.Noon).Detail);
        Assert.Null(wrong.After(new(SwitchEventKind.Dtmf, Some.Noon, "8"), Some.Noon));

        var right = wrong.After(new(SwitchEventKind.Dtmf, Some.Noon, "1"), Some.Noon)!;
        Assert.True(right.ToReport(Some.Noon).Acknowledged);
        Assert.Null(right.After(new(SwitchEventKind.Dtmf, Some.Noon, "1"), Some.Noon));
        Assert.Null(right.After(new(SwitchEventKind.Dtmf, Some.Noon, "9"), Some.Noon));
    }

    [Fact]
    public void A_key_that_nobody_asked_for_means_nothing()
    {
        var answered = Ordered.After(new(SwitchEventKind.Answered, Some.Noon), Some.Noon)!;
        Assert.Null(answered.After(new(SwitchEventKind.Dtmf, Some.Noon, "1"), Some.Noon));
    }

    [Fact]
    public void The_message_of_a_leg_is_filled_with_the_facts_of_its_event()
    {
        var leg = Some.Opened([Some.Call(Some.Owner) with { Message = new("Fire in {room}") }]).Legs[0];
        Assert.Equal("Fire in kitchen", leg.Order!.Message!.Text);
    }
}
