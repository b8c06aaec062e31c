using System.Diagnostics;
using System.Text.RegularExpressions;
using IotOrleans.Tests.Speakers;

namespace IotOrleans.Tests;

/// <summary>
/// The tour of the README, word for word, on what <c>deploy/local/cluster</c> starts: a database, two silos, two
/// front-ends.
/// </summary>
public sealed partial class TourTests : IAsyncLifetime
{
    private const string Password = "correct-horse-battery";

    private readonly string _data = Path.Combine(Path.GetTempPath(), $"iot-tour-{Guid.NewGuid():N}");
    private readonly int _port = HouseProcess.FreePort(11);
    private Process _cluster = null!;

    [Fact]
    public async Task The_tour_of_the_readme_goes_through_two_front_ends_and_two_silos()
    {
        var tour = Tour.Read(_port);
        var said = await Bash(tour.ToTheSpeakers);
        Assert.Contains("\"status\":\"accepted\"", said, StringComparison.Ordinal);
        Assert.Contains("\"status\":\"duplicate\"", said, StringComparison.Ordinal);
        Assert.Contains("\"matched\"", said, StringComparison.Ordinal);

        var keys = ApiKey().Matches(said).Select(key => key.Groups[1].Value).ToList();
        await using var kitchen = await SpeakerClient.Connect(FrontEnd(0), keys[0]);
        await using var hall = await SpeakerClient.Connect(FrontEnd(1), keys[1]);
        await Bash(tour.Entry + tour.Ring);
        var call = await kitchen.Hears<IncomingCall>();
        Assert.Equal("Grandma", call.CallerName);
        Assert.Equal(call.CallId, (await hall.Hears<IncomingCall>()).CallId);
        Assert.True((await hall.Answer(call.CallId)).Ok);
        Assert.Equal("hall", (await kitchen.Hears<CallAnswered>()).ByDeviceId);
        Assert.True((await hall.Hangup(call.CallId)).Ok);
        await Until(tour.Entry + tour.Records, records => records.Contains(call.CallId, StringComparison.Ordinal));

        // Whoever was called pressed 1, and it was one incident for both deliveries.
        Assert.Contains("\"acknowledged\"", said, StringComparison.Ordinal);
        var incidents = await Bash(tour.Entry + "send -H \"$me\" $api/incidents");
        Assert.Single(IncidentId().Matches(incidents).DistinctBy(id => id.Value));

        Assert.Contains("\"accepted\"", await Bash(tour.Entry + tour.Door), StringComparison.Ordinal);
        await Until(tour.Entry + tour.Records, records => records.Contains("sip:door", StringComparison.Ordinal));
        await Until(tour.Entry + "send -H \"$me\" $api/cluster", cluster => Active().Count(cluster) == 2);
    }

    public async ValueTask InitializeAsync()
    {
        var start = new ProcessStartInfo("bash", [Tour.InTree("deploy", "local", "cluster"), "--data", _data])
        {
            ArgumentList = { "--ports", $"{_port}" },
            RedirectStandardOutput = true,
        };
        start.Environment["IOT_PROGRAM"] = HouseProcess.OurBuild;
        start.Environment["IOT_ADMIN_PASSWORD"] = Password;
        _cluster = Process.Start(start)!;
        var ready = await _cluster.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(2));
        Assert.StartsWith("The cluster is ready", ready, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_cluster.Id}"]);
        await kill.WaitForExitAsync();
        await _cluster.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(0, _cluster.ExitCode);
        _cluster.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    private Uri FrontEnd(int index) => new($"http://127.0.0.1:{_port + index}");

    private async Task<string> Bash(string text)
    {
        var start = new ProcessStartInfo("bash", ["-c", text]) { RedirectStandardOutput = true };
        using var bash = Process.Start(start)!;
        var said = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        Assert.True(bash.ExitCode == 0, said);
        return said;
    }

    private async Task<string> Until(string text, Func<string, bool> holds)
    {
        // A telephone that nobody picks up rings for half a minute.
        for (var since = Stopwatch.StartNew(); ; )
        {
            var said = await Bash(text);
            if (holds(said))
                return said;
            Assert.True(since.Elapsed < TimeSpan.FromMinutes(2), said);
            await Task.Delay(100);
        }
    }

    [GeneratedRegex("\"api_key\":\"(iot_[^\"]+)\"")]
    private static partial Regex ApiKey();

    [GeneratedRegex("\"incident_id\":\"[^\"]+\"")]
    private static partial Regex IncidentId();

    [GeneratedRegex("\"status\":\"active\"")]
    private static partial Regex Active();
}
