using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using IotOrleans.FreeSwitch.Simulator;
using Microsoft.Extensions.Logging.Abstractions;

namespace IotOrleans.Tests;

/// <summary>A house with a switch and a gateway that can go away, and somebody who is to hear of it.</summary>
public sealed class WatchedHouse : WholeHouse
{
    private readonly int _switchPort = FreePort();
    private readonly int _gatewayPort = FreePort();
    private SwitchSimulator? _telephone;
    private TcpListener? _gateway;

    public TestPeer Sink { get; private set; } = null!;

    protected override string[] More =>
        [
            "--Simulator:Enabled=false",
            "--FreeSwitch:Host=127.0.0.1",
            $"--FreeSwitch:Port={_switchPort}",
            "--FreeSwitch:Password=ClueCon",
            "--FreeSwitch:ListenPort=0",
            $"--Sms:Url=http://127.0.0.1:{_gatewayPort}/cgi-bin/sendsms",
            $"--Alerts:Webhook={new Uri(Sink.Address, "/alerts")}",
            "--Alerts:AfterSeconds=1",
            "--Alerts:LookSeconds=1",
        ];

    public override async ValueTask InitializeAsync()
    {
        Sink = await TestPeer.Start();
        await PlugIn();
        StartGateway();
        await base.InitializeAsync();
        await Until("/health/ready", now => Part(now, "switch") == "up");
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Unplug();
        StopGateway();
        await Sink.DisposeAsync();
    }

    public async Task PlugIn()
    {
        var options = new SimulatorOptions
        {
            Port = _switchPort,
            AnswerMilliseconds = 50,
            StaySecondsMax = 1,
        };
        _telephone = new(options, TimeProvider.System, NullLogger<SwitchSimulator>.Instance);
        await _telephone.StartAsync(CancellationToken.None);
    }

    public async Task Unplug()
    {
        await _telephone!.StopAsync(CancellationToken.None);
        _telephone.DropLinks();
        _telephone.Dispose();
    }

    /// <summary>It takes connections, which is what is looked at.</summary>
    public void StartGateway()
    {
        _gateway = new(IPAddress.Loopback, _gatewayPort);
        _gateway.Start();
    }

    public void StopGateway() => _gateway?.Dispose();

    public static string? Part(JsonElement ready, string name) =>
        ready.GetProperty("parts").GetProperty(name).GetProperty("status").GetString();
}

/// <summary>When a part is away, one word to whoever is to hear of it, and one when it is back.</summary>
public sealed class AlertTests(WatchedHouse house) : IClassFixture<WatchedHouse>
{
    [Fact]
    public async Task Tas_85_the_gateway_is_named_and_told_of_once_when_it_is_away_and_once_when_it_is_back()
    {
        house.StopGateway();
        await house.Until("/health/ready", now => WatchedHouse.Part(now, "sms_centre") == "down");
        Assert.Equal(("part.down", "sms_centre"), Words(await house.Sink.Hears()));
        house.StartGateway();
        Assert.Equal(("part.up", "sms_centre"), Words(await house.Sink.Hears()));
        Assert.Equal(2, house.Sink.At("/alerts").Count(asked => Words(asked).Part == "sms_centre"));
    }

    [Fact]
    public async Task Tas_86_incidents_are_held_and_counted_while_the_switch_is_away_and_go_on_when_it_is_back()
    {
        var sensor = await house.Register("smoke-1", "sensor_smoke", "+79360000001");
        await house.CallRule("fire", "smoke", """{"msisdn": "+79360000001"}""", ["+79361111111"]);
        await house.Unplug();
        Assert.Equal(("part.down", "switch"), Words(await house.Sink.Hears()));
        var (status, told) = await house.Tell(sensor, "smoke-1", "smoke", "e-1");
        Assert.Equal(202, status);
        await Figure("iot_incidents_held 1\n");
        await Figure("iot_part_up{part=\"switch\"} 0\n");

        await house.PlugIn();
        Assert.Equal(("part.up", "switch"), Words(await house.Sink.Hears()));
        var ended = await house.IncidentEnds(told.GetProperty("incidents")[0].GetString()!);
        Assert.Equal("completed", ended.GetProperty("status").GetString());
        await Figure("iot_incidents_held 0\n");
        Assert.Equal(2, house.Sink.At("/alerts").Count(asked => Words(asked).Part == "switch"));
    }

    private async Task Figure(string line)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        while (!(await house.Http.GetStringAsync("/metrics", late.Token)).Contains(line, StringComparison.Ordinal))
            await Task.Delay(50, late.Token);
    }

    private static (string? Type, string? Part) Words(Asked asked)
    {
        var body = JsonSerializer.Deserialize<JsonElement>(asked.Body);
        return (body.GetProperty("type").GetString(), body.GetProperty("data").GetProperty("part").GetString());
    }
}
