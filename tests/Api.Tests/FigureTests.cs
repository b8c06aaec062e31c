using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using IotOrleans.Events;
using Microsoft.Extensions.DependencyInjection;

namespace IotOrleans.Tests;

/// <summary>What an operator's monitoring reads, and what stands in for what.</summary>
public sealed partial class FigureTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    [Fact]
    public async Task Events_delays_and_causes_are_counted_and_unknown_words_share_a_label()
    {
        var key = await house.Register("sensor", "sensor_smoke");
        await house.CallRule("rule", "leak", """{"device_id": "sensor"}""", ["+79164000000"]);
        var before = await Figures();
        foreach (var number in Enumerable.Range(0, 3))
            Assert.Equal(202, (await house.Tell(key, "sensor", "smoke", $"e-{number}")).Status);
        foreach (var number in Enumerable.Range(0, 5))
            Assert.Equal(202, (await house.Tell(key, "sensor", $"word_{number}", $"w-{number}")).Status);
        var (_, leak) = await house.Tell(key, "sensor", "leak", "l-1");
        await house.IncidentEnds(leak.GetProperty("incidents")[0].GetString()!);

        var after = await Figures();
        Assert.Equal(3, Of(after, "iot_events", "\"smoke\"") - Of(before, "iot_events", "\"smoke\""));
        Assert.Equal(5, Of(after, "iot_events", "\"other\"") - Of(before, "iot_events", "\"other\""));
        Assert.DoesNotContain("word_", after, StringComparison.Ordinal);
        Assert.Equal(1, Of(after, "iot_calls_ended", "USER_BUSY") - Of(before, "iot_calls_ended", "USER_BUSY"));
        Assert.Equal(
            1,
            Of(after, "iot_event_to_originate_seconds_count", "")
                - Of(before, "iot_event_to_originate_seconds_count", "")
        );
    }

    [Fact]
    public async Task What_another_host_in_this_process_counts_is_not_ours()
    {
        await using var another = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var theirs = another.GetRequiredService<IMeterFactory>().Create(Telemetry.Name);
        theirs.CreateCounter<long>("iot_theirs").Add(1);
        house.Service<IMeterFactory>().Create(Telemetry.Name).CreateCounter<long>("iot_ours").Add(1);
        var figures = await Figures();
        Assert.Contains("iot_ours_total 1", figures, StringComparison.Ordinal);
        Assert.DoesNotContain("iot_theirs", figures, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_simulated_switch_is_called_one()
    {
        await house.Until("/health/ready", IsSimulated, notYet: 503);

        static bool IsSimulated(JsonElement ready) =>
            ready
                .GetProperty("parts")
                .EnumerateObject()
                .Any(part => part.Value.GetProperty("status").GetString() == "simulated");
    }

    private Task<string> Figures() => house.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative));

    private static double Of(string figures, string name, string label) =>
        Line()
            .Matches(figures)
            .Where(line => line.Groups[1].Value.StartsWith(name, StringComparison.Ordinal))
            .Where(line => line.Groups[2].Value.Contains(label, StringComparison.Ordinal))
            .Sum(line => double.Parse(line.Groups[3].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^(\w+)(\{[^}]*\})? ([0-9.eE+-]+)$", RegexOptions.Multiline)]
    private static partial Regex Line();
}
