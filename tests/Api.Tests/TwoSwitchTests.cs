using System.ComponentModel.DataAnnotations;
using IotOrleans.FreeSwitch.Simulator;
using IotOrleans.Masks;
using Microsoft.Extensions.Logging.Abstractions;

namespace IotOrleans.Tests;

/// <summary>Two switches of one house take calls to the same shown numbers.</summary>
public sealed class TwoSwitchTests(TwoSwitchHouse house) : IClassFixture<TwoSwitchHouse>
{
    [Fact]
    public async Task Both_switches_bring_callers_of_one_shown_number_to_who_is_behind_it()
    {
        await Mask("+79266031111", "+78133000001", "");
        await Task.WhenAll(house.Switches.Select(Call));

        async Task Call(SwitchSimulator one)
        {
            var call = one.IncomingCall("+78133000001", "+74951234567", "");
            await house.Until("/health/live", _ => one.TalksWith(call).Count == 1);
            var leg = await house.Get($"calls/{one.TalksWith(call)[0]}");
            Assert.Equal("+79266031111", leg.GetProperty("to").GetString());
            Assert.NotEqual("+74951234567", leg.GetProperty("from").GetString());
            one.HangUp(call);
        }
    }

    [Fact]
    public async Task A_count_of_calls_is_one_count_whichever_switch_they_come_by()
    {
        var mask = await Mask("+79266031211", "+78133000002", ""","calls_max": 5""");
        var calls = house
            .Switches.SelectMany(one =>
                Enumerable
                    .Range(0, 5)
                    .Select(n => (Switch: one, Id: one.IncomingCall("+78133000002", $"+7495000{n:0000}", "")))
            )
            .ToList();

        var joined = await Task.WhenAll(calls.Select(call => IsJoined(call.Switch, call.Id)));

        Assert.Equal(5, joined.Count(one => one));
        Assert.Equal(5, (await house.Get($"masks/{mask}")).GetProperty("calls_used").GetInt32());
        // None is left, whichever one asks.
        foreach (var one in house.Switches)
            Assert.False(await IsJoined(one, one.IncomingCall("+78133000002", "+74951234567", "")));
    }

    [Fact]
    public async Task Where_nobody_is_behind_a_number_the_caller_hears_so_before_his_call_ends()
    {
        const string Pool = """{"name": "freed", "from": "+78133000010", "to": "+78133000019"}""";
        await house.Post("mask-pools", Pool, 201);
        await house.Until("/health/live", _ => house.Service<IMaskLookup>().IsPooled(new("78133000010")));
        var call = house.Switches[0].IncomingCall("+78133000010", "+74951234567", "");

        var log = await house.Until(
            "masks/calls?shown=%2B78133000010",
            page => page.GetProperty("items").GetArrayLength() == 1
        );

        var logged = log.GetProperty("items")[0];
        Assert.Equal("unmapped", logged.GetProperty("status").GetString());
        Assert.Equal(["sounds/not-in-use.wav"], house.Switches[0].HeardBy(call));
        Assert.DoesNotContain(call, house.Switches[0].LiveChannels);
    }

    [Theory]
    [InlineData("tone_stream://%(330,0,950);%(330,0,1400);%(330,0,1800)", true)]
    [InlineData("/var/sounds/not-in-use.wav", true)]
    [InlineData("${system reboot}", false)]
    [InlineData("a.wav\napi status", false)]
    public void A_sound_that_the_switch_would_carry_out_stops_the_start(string sound, bool isTaken)
    {
        var options = new MaskOptions { NotInUseSound = sound };
        Assert.Equal(isTaken, Validator.TryValidateObject(options, new(options), null, validateAllProperties: true));
    }

    private async Task<long> Mask(string real, string shown, string more)
    {
        var mask = await house.Post("masks", $$"""{"real": "{{real}}", "shown": "{{shown}}"{{more}}}""", 201);
        await house.Until("masks/lookup/real/" + shown, _ => true, 404);
        return mask.GetProperty("mask_id").GetInt64();
    }

    /// <summary>Or else it was turned away.</summary>
    private async Task<bool> IsJoined(SwitchSimulator one, Guid call)
    {
        await house.Until("/health/live", _ => one.TalksWith(call).Count == 1 || !one.LiveChannels.Contains(call));
        return one.TalksWith(call).Count == 1;
    }
}

/// <summary>A house with two switches, each of which hands its calls over to it.</summary>
public sealed class TwoSwitchHouse : WholeHouse
{
    private readonly int _listenPort = FreePort();

    public SwitchSimulator[] Switches { get; private set; } = [];

    protected override string[] More =>
        [
            "--Simulator:Enabled=false",
            $"--FreeSwitch:ListenPort={_listenPort}",
            "--Masks:NotInUseSound=sounds/not-in-use.wav",
            .. Switches.SelectMany(
                (one, index) =>
                    (string[])
                        [
                            $"--FreeSwitch:Switches:{index}:Name=switch-{index}",
                            $"--FreeSwitch:Switches:{index}:Host=127.0.0.1",
                            $"--FreeSwitch:Switches:{index}:Port={one.Port}",
                        ]
            ),
        ];

    public override async ValueTask InitializeAsync()
    {
        Switches = [Simulator("switch-0"), Simulator("switch-1")];
        foreach (var one in Switches)
            await one.StartAsync(CancellationToken.None);
        await base.InitializeAsync();
        await Until("/health/ready", _ => Switches.All(one => one.Links > 0), 503);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        foreach (var one in Switches)
        {
            await one.StopAsync(CancellationToken.None);
            one.Dispose();
        }
    }

    private SwitchSimulator Simulator(string name) =>
        new(
            new()
            {
                Name = name,
                AnswerMilliseconds = 50,
                PromptMilliseconds = 100,
                // Whoever talks is still there when the last caller was heard.
                StaySecondsMax = 600,
                OutboundPort = _listenPort,
            },
            TimeProvider.System,
            NullLogger<SwitchSimulator>.Instance
        );
}
