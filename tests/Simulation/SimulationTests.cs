namespace IotOrleans.Simulation;

/// <summary>Days upon days, each out of a seed, until one of them goes wrong.</summary>
public sealed class SimulationTests
{
    [Fact]
    public void A_day_goes_the_same_way_however_often_it_is_lived()
    {
        for (var seed = 1UL; seed <= 40; seed++)
        {
            var (one, other) = (World.Run(Day.Of(seed)), World.Run(Day.Of(seed), tells: true));
            Assert.Equal((one.Trace, one.Turns, one.Ticks), (other.Trace, other.Turns, other.Ticks));
        }
    }

    [Fact]
    public void Whatever_goes_wrong_in_a_day_every_promise_is_kept()
    {
        var plan = Plan.FromEnvironment();
        var report = plan.Run();
        TestContext.Current.SendDiagnosticMessage(report.Summary);
        TestContext.Current.TestOutputHelper?.WriteLine(report.Summary);
        Assert.True(report.Failure is null, report.Failure);
    }
}
