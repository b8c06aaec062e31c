using IotOrleans.Incidents;

namespace IotOrleans.Tests.Incidents;

/// <summary>Why the last try failed decides about the next one.</summary>
public sealed class NextTryTests
{
    [Theory]
    [InlineData("USER_BUSY", 30, 30)]
    [InlineData("NO_ANSWER", 30, 30)]
    [InlineData("NO_USER_RESPONSE", 0, 0)]
    [InlineData("NORMAL_CLEARING", 30, 30)]
    [InlineData("LOST", 30, 30)]
    [InlineData("NORMAL_TEMPORARY_FAILURE", 60, 5)]
    [InlineData("SWITCH_CONGESTION", 1, 1)]
    [InlineData("GATEWAY_DOWN", 3600, 5)]
    [InlineData("CALL_REJECTED", 0, 120)]
    [InlineData("CALL_REJECTED", 600, 600)]
    [InlineData("UNALLOCATED_NUMBER", 30, null)]
    [InlineData("INVALID_NUMBER_FORMAT", 30, null)]
    [InlineData("NO_ROUTE_DESTINATION", 30, null)]
    [InlineData("NUMBER_CHANGED", 30, null)]
    [InlineData("ORIGINATOR_CANCEL", 30, null)]
    [InlineData("OUTGOING_CALL_BARRED", 30, null)]
    public void Each_cause_has_its_next_action(string cause, int asked, int? seconds) =>
        Assert.Equal(seconds is { } wait ? TimeSpan.FromSeconds(wait) : null, NextTry.After(cause, asked));

    [Fact]
    public void Who_declines_is_not_rung_at_once_by_the_same_step()
    {
        var course = new Course(Some.Rule(Some.Call(Some.Owner) with { Attempts = 2, RetrySeconds = 0 }));
        course.Ends(Some.Owner, "CALL_REJECTED");
        course.Pass(119);
        Assert.Single(course.Dialled);
        course.Pass(1);
        Assert.Equal([Some.Owner, Some.Owner], course.Dialled);
    }

    [Fact]
    public void Who_declines_is_not_rung_at_once_by_a_later_step_either()
    {
        var course = new Course(
            Some.Rule(Some.Call(Some.Owner)) with
            {
                Actions = [Some.Call(Some.Owner), Some.Call(Some.Owner, Some.Neighbour)],
                Escalation = new(WaitSeconds: 300),
            }
        );
        course.Ends(Some.Owner, "CALL_REJECTED");
        Assert.Equal([Some.Owner, Some.Neighbour], course.Dialled);
        course.Pass(120);
        Assert.Equal([Some.Owner, Some.Neighbour, Some.Owner], course.Dialled);
    }

    [Fact]
    public void A_number_that_does_not_exist_is_never_tried_again()
    {
        var course = new Course(Some.Rule(Some.Call(Some.Owner) with { Attempts = 10 }));
        course.Ends(Some.Owner, "UNALLOCATED_NUMBER");
        Assert.Equal(IncidentStatus.Failed, course.Incident.Status);
    }
}
