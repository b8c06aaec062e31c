using System.ComponentModel.DataAnnotations;
using IotOrleans.FreeSwitch.Simulator;
using IotOrleans.Tests;

namespace IotOrleans.FreeSwitch;

public sealed class OptionsTests
{
    private static readonly Action<FreeSwitchOptions>[] Unlawful =
    [
        options => options.Name = "",
        options => options.Host = "",
        options => options.Port = 0,
        options => options.Password = "",
        options => options.DialTemplate = "sofia/gateway/carrier/1",
        options => options.RingSecondsMax = 0,
        options => options.ConnectMilliseconds = 1,
        options => options.ReplyMilliseconds = 1,
        options => options.PingSeconds = 0,
        options => options.RetryMillisecondsMax = 0,
        options => options.EventsMax = 1,
        options => options.PendingMax = 1,
        options => options.ListenPort = -1,
        options => options.SessionsMax = 0,
        options => options.LingerSeconds = 0,
    ];

    [Fact]
    public void What_is_set_by_default_is_lawful()
    {
        Assert.True(IsLawful(new FreeSwitchOptions()));
        Assert.True(IsLawful(new SimulatorOptions()));
    }

    [Fact]
    public void What_cannot_work_is_refused_at_the_start() =>
        Assert.All(
            Unlawful,
            spoil =>
            {
                var options = new FreeSwitchOptions();
                spoil(options);
                Assert.False(IsLawful(options));
            }
        );

    [Fact]
    public async Task A_language_may_have_its_own_voice_and_a_number_its_own_road()
    {
        await using var room = await SwitchRoom.Open(linked: options =>
        {
            options.DialTemplate = "sofia/internal/{number}@192.0.2.7";
            options.Voices["ru"] = "tts_commandline|ru";
            options.CallerNumber = "74950000000";
        });
        var app = new CallApp.Speak("Пожар", "ru");

        var leg = await room.Answered(app: app);
        room.Time.Advance(2);
        var spoken = await room.Next(leg, ChannelEventKind.PlaybackEnded);

        Assert.Equal(("74950000000", "79160000055"), (spoken.CallerNumber, spoken.Destination));
        Assert.Equal("tts_commandline|ru|Пожар", OriginateLine.Speech("Пожар", "ru", room.Options));
    }

    [Fact]
    public async Task Pauses_between_attempts_grow_to_their_bound_and_no_further()
    {
        var time = new ManualTime();
        using var closed = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        closed.Start();
        var port = ((System.Net.IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        var options = new FreeSwitchOptions
        {
            Port = port,
            RetryMillisecondsMin = 100,
            RetryMillisecondsMax = 1_000,
        };
        var log = new HeardLog();
        using var link = new FreeSwitchLink(options, time, log.For<FreeSwitchLink>());
        await link.StartAsync(CancellationToken.None);

        var started = time.GetUtcNow();
        for (var attempt = 1; attempt <= 20; attempt++)
        {
            while (!log.Lines.Any(line => line.Contains($"(attempt {attempt})")))
            {
                time.Advance(0.005);
                await Task.Yield();
            }
        }

        // 100, 200, 400, 800 and then sixteen times a second, each shortened by up to a half, plus the steps of the
        // clock.
        Assert.True(time.GetUtcNow() - started > TimeSpan.FromSeconds(8));
        await link.StopAsync(CancellationToken.None);
    }

    private static bool IsLawful(object options) =>
        Validator.TryValidateObject(options, new ValidationContext(options), [], validateAllProperties: true);
}
