using IotOrleans.Incidents;
using IotOrleans.Rules;

namespace IotOrleans.Tests.Incidents;

/// <summary>One report asks the home, two call people; and many of one fire are one incident.</summary>
public sealed class CorroborationTests
{
    private static readonly Rule Two = Some.Rule(Some.Call(Some.Owner), "intrusion") with
    {
        Corroboration = new(Devices: 2, WithinSeconds: 60),
    };

    [Fact]
    public void One_report_calls_nobody_yet_and_says_that_it_is_being_verified()
    {
        var course = new Course(Two);
        course.Pass(59);
        Assert.Empty(course.Dialled);
        var verify = Assert.Single(course.Incident.Attempts);
        Assert.Equal(("verify", "waiting"), (verify.Action, verify.Outcome));
        Assert.True(course.Incident.WantsAcknowledgement);
    }

    [Fact]
    public void A_second_device_makes_it_certain_and_people_are_called_at_once()
    {
        var course = new Course(Two);
        course.Pass(10);
        course.Join(Report("motion-2", "e-2"));
        Assert.Equal([Some.Owner], course.Dialled);
        Assert.Equal("corroborated", course.Incident.Attempts[0].Outcome);
    }

    [Fact]
    public void The_guard_never_adds_more_than_its_time()
    {
        var course = new Course(Two);
        course.Pass(60);
        Assert.Equal([Some.Owner], course.Dialled);
        Assert.Equal("not_corroborated", course.Incident.Attempts[0].Outcome);
    }

    [Fact]
    public void Where_the_author_wants_it_a_report_that_nobody_confirms_ends_there()
    {
        var close = Two with { Corroboration = Two.Corroboration! with { Otherwise = Uncorroborated.Close } };
        var course = new Course(close);
        course.Pass(60);
        Assert.Empty(course.Dialled);
        Assert.Equal(IncidentStatus.Cancelled, course.Incident.Status);
        Assert.Equal("nobody confirmed it", course.Incident.Note);
    }

    [Fact]
    public void The_same_device_counts_again_only_when_it_may()
    {
        var course = new Course(Two);
        course.Join(Report(Some.Smoke.Value, "e-2"));
        Assert.Empty(course.Dialled);

        var twice = new Course(Two with { Corroboration = Two.Corroboration! with { SameDevice = true } });
        twice.Join(Report(Some.Smoke.Value, "e-2"));
        Assert.Equal([Some.Owner], twice.Dialled);
    }

    [Fact]
    public void Three_of_many_are_three_different_ones()
    {
        var course = new Course(Two with { Corroboration = new(Devices: 3) });
        course.Join(Report("motion-2", "e-2"));
        course.Join(Report("motion-2", "e-3"));
        Assert.Empty(course.Dialled);
        course.Join(Report("motion-3", "e-4"));
        Assert.Equal([Some.Owner], course.Dialled);
    }

    [Fact]
    public void Forty_events_of_one_fire_are_one_incident_with_a_count_and_its_rooms()
    {
        var course = new Course(Some.Rule(Some.Call(Some.Owner)));
        for (var number = 2; number <= 40; number++)
            course.Join(Report($"smoke-{number}", $"e-{number}", number % 2 == 0 ? "hall" : "Kitchen"));
        var record = course.Incident.ToRecord();
        Assert.Equal(40, record.EventCount);
        Assert.Equal(["kitchen", "hall"], record.Rooms!);
        Assert.Single(course.Dialled);
    }

    [Fact]
    public void Beyond_a_hundred_they_are_counted_and_open_nothing()
    {
        var course = new Course(Some.Rule(Some.Call(Some.Owner)));
        for (var number = 2; number <= 150; number++)
            course.Join(Report($"smoke-{number}", $"e-{number}"));
        Assert.Equal(150, course.Incident.ToRecord().EventCount);
        Assert.Equal(JoinedEvent.CountMax, course.Incident.ToRecord().Joined!.Length);
    }

    private static JoinedEvent Report(string device, string id, string? room = null) =>
        new(new(device), id, device, Some.Noon, room);
}
