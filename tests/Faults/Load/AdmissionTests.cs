using System.Diagnostics.Metrics;
using IotOrleans.Events;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IotOrleans.Tests;

/// <summary>Who is let in when there is more than can be done.</summary>
public sealed class AdmissionTests(NarrowHouse house, ITestOutputHelper output) : IClassFixture<NarrowHouse>
{
    [Fact]
    public void Life_safety_is_never_refused_while_anything_else_is_let_in()
    {
        var random = new Random(Seed.Next(output));
        var limits = new RateLimitOptions { UnderWayMax = 40, UrgentUnderWayMax = 60 };
        var admission = new Admission(Options.Create(limits), Meters());
        var inside = new List<string>();
        for (var step = 0; step < 100_000; step++)
        {
            if (inside.Count > 0 && random.Next(100) < 45)
            {
                var at = random.Next(inside.Count);
                admission.Leave(inside[at]);
                inside.RemoveAt(at);
                continue;
            }
            var type = random.Next(2) == 0 ? "smoke" : "temperature";
            if (admission.Enter(type))
                inside.Add(type);
            else if (type == "smoke")
                Assert.False(admission.Enter("temperature"), $"Step {step}: smoke was refused, and telemetry let in");
            Assert.Equal(inside.Count, admission.Inside);
            Assert.InRange(inside.Count, 0, limits.UnderWayMax + limits.UrgentUnderWayMax);
        }
        Assert.Contains("smoke", inside);
    }

    [Theory]
    [InlineData("smoke")]
    [InlineData("sos")]
    [InlineData("fall")]
    [InlineData("intrusion")]
    [InlineData("leak")]
    public void An_alarm_is_let_in_where_others_are_not(string alarm)
    {
        var admission = new Admission(Options.Create(new RateLimitOptions { UnderWayMax = 3 }), Meters());
        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(_ => admission.Enter("doorbell")));
        Assert.True(admission.Enter(alarm));
        admission.Leave("doorbell");
        Assert.True(admission.Enter("doorbell"));
    }

    [Fact]
    public async Task While_the_disk_is_behind_one_too_many_is_refused_at_once_and_an_alarm_is_not()
    {
        var key = await house.Register("slow", "other");
        var admission = house.Service<Admission>();
        await using var disk = await house.Source.OpenConnectionAsync();
        await using var held = await disk.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("lock table events in share row exclusive mode", disk, held))
            await hold.ExecuteNonQueryAsync();

        var first = house.Tell(key, "slow", "button", "b-1");
        var second = house.Tell(key, "slow", "button", "b-2");
        await Under(admission, 2);
        Assert.Equal(503, (await house.Tell(key, "slow", "button", "b-3")).Status);
        var alarm = house.Tell(key, "slow", "smoke", "s-1");
        await Under(admission, 3);
        Assert.False(first.IsCompleted || second.IsCompleted || alarm.IsCompleted);

        await held.CommitAsync();
        Assert.Equal([202, 202, 202], (await Task.WhenAll(first, second, alarm)).Select(answer => answer.Status));
        Assert.Equal(202, (await house.Tell(key, "slow", "button", "b-3")).Status);
    }

    private static async Task Under(Admission admission, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (admission.Inside < count)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Delay(5);
        }
    }

    private static IMeterFactory Meters() =>
        new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
}

/// <summary>A house that lets in two events at once, and alarms beside them.</summary>
public sealed class NarrowHouse : WholeHouse
{
    protected override string[] More =>
        ["--RateLimits:UnderWayMax=2", "--RateLimits:UrgentUnderWayMax=8", "--RateLimits:AnswerSecondsMax=60"];
}
