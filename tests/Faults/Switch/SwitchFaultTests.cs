namespace IotOrleans.Tests;

/// <summary>
/// The line to the switch breaks before, in and after whatever is said on it, and the switch itself is started anew.
/// Each cut falls where the seed says; <c>IOT_CUT_ROUNDS</c> says how many there are.
/// </summary>
public sealed class SwitchFaultTests(BrittleHouse house, ITestOutputHelper output) : IClassFixture<BrittleHouse>
{
    private static readonly int Rounds = int.TryParse(
        Environment.GetEnvironmentVariable("IOT_CUT_ROUNDS"),
        System.Globalization.CultureInfo.InvariantCulture,
        out var rounds
    )
        ? rounds
        : 24;

    [Fact]
    public async Task However_often_the_line_breaks_each_alarm_is_heard_and_nobody_is_called_twice()
    {
        var random = new Random(Seed.Next(output));
        var (ledger, tellers) = await Open();
        for (var round = 0; round < Rounds; round++)
        {
            Harm(random);
            tellers.Add("smoke", $"cut-{round}");
            if (round % 3 == 0)
                tellers.Add("button", $"cut-{round}");
            await tellers.AllAccepted();
            await Task.Delay(random.Next(150));
        }
        house.Switch.DelayReplies(TimeSpan.Zero);
        house.Switch.CutAfterReceiving(long.MaxValue);
        house.Switch.CutAfterSending(long.MaxValue);
        house.Switch.LoseReplies(0);
        await ledger.Closes();
        await ledger.Agrees();
    }

    [Fact]
    public async Task A_switch_that_forgot_everything_is_told_nothing_twice_and_every_call_on_it_gets_its_record()
    {
        var (ledger, tellers) = await Open();
        for (var number = 0; number < 8; number++)
        {
            tellers.Add("smoke", $"gone-{number}");
            tellers.Add("button", $"gone-{number}");
        }
        await tellers.AllAccepted();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (house.Switch.LiveChannels.Count < 4)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Delay(5);
        }
        house.Switch.Restart();
        Assert.Empty(house.Switch.LiveChannels);
        await ledger.Closes();
        await ledger.Agrees();
    }

    private void Harm(Random random)
    {
        switch (random.Next(5))
        {
            case 0:
                house.Switch.CutAfterReceiving(random.Next(2_000));
                break;
            case 1:
                house.Switch.CutAfterSending(random.Next(6_000));
                break;
            case 2:
                house.Switch.LoseReplies(random.Next(1, 4));
                break;
            case 3:
                house.Switch.DelayReplies(TimeSpan.FromMilliseconds(random.Next(60)));
                break;
            default:
                house.Switch.DropLinks();
                break;
        }
    }

    private async Task<(Ledger, Tellers)> Open()
    {
        var ledger = new Ledger(house.Source, house.Switch);
        var tellers = new Tellers(house.Say, ledger);
        if ((await house.Ask(HttpMethod.Get, "rules/smoke")).Status == 404)
            await tellers.Prepare();
        else
            await tellers.Login();
        return (ledger, tellers);
    }
}

/// <summary>A house that soon notices that its line says nothing more.</summary>
public sealed class BrittleHouse : WholeHouse
{
    protected override string[] More =>
        [
            "--FreeSwitch:ReplyMilliseconds=500",
            "--FreeSwitch:RetryMillisecondsMin=10",
            "--FreeSwitch:RetryMillisecondsMax=50",
            "--RateLimits:Enabled=false",
            "--Simulator:StaySecondsMax=5",
        ];

    internal Task<(int Status, System.Text.Json.JsonElement Body)> Say(
        HttpMethod method,
        string path,
        object? body,
        string? key
    ) => Ask(method, path, body is null ? null : System.Text.Json.JsonSerializer.Serialize(body), key);
}
