using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using IotOrleans.FreeSwitch.Simulator;
using IotOrleans.Tests;
using Microsoft.Extensions.Logging.Abstractions;

namespace IotOrleans.FreeSwitch;

/// <summary>Calls that come in, handed over by the dialplan of the simulated switch.</summary>
public sealed class ListenerTests : IAsyncDisposable
{
    private readonly ManualTime _time = new();
    private readonly Channel<EslSession> _arrived = Channel.CreateUnbounded<EslSession>();
    private readonly TaskCompletionSource _release = new();
    private readonly List<IAsyncDisposable> _open = [];

    [Fact]
    public async Task A_call_arrives_with_who_calls_whom_and_what_the_switch_knows_of_it()
    {
        var (simulator, _) = await Open();

        var leg = simulator.IncomingCall("78001234567", "79169999999", "Ann, at home");
        var session = await Next();

        Assert.Equal(leg, session.Channel);
        Assert.Equal(
            ("79169999999", "Ann, at home", "78001234567"),
            (session.CallerNumber, session.CallerName, session.Destination)
        );
        Assert.Equal("A phone, of sorts", session.Variable("sip_user_agent"));
        Assert.Contains("\r\ns=-\r\n", session.Variable("switch_r_sdp"));
        Assert.True(session.IsFull && session.IsAsync && !session.IsAnswered);
    }

    [Fact]
    public async Task A_call_is_rung_answered_and_hung_up_and_its_last_words_are_heard()
    {
        var (simulator, _) = await Open();
        simulator.IncomingCall("78001234567", "79169999999", "Ann");
        var session = await Next();
        await session.Listen();

        await session.RingReady();
        await session.Answer();
        await session.Play("/sounds/hello.wav", Guid.NewGuid());
        _time.Advance(2);
        var kinds = new List<ChannelEventKind>();
        await foreach (var fact in session.Events())
        {
            kinds.Add(fact.Kind);
            if (fact.Kind == ChannelEventKind.PlaybackEnded)
                await session.HangUp("USER_BUSY");
            if (fact.Kind == ChannelEventKind.Destroyed)
                break;
        }

        ChannelEventKind[] expected =
        [
            ChannelEventKind.Ringing,
            ChannelEventKind.Answered,
            ChannelEventKind.PlaybackEnded,
            ChannelEventKind.HungUp,
            ChannelEventKind.Destroyed,
        ];
        Assert.Equal(expected, kinds);
    }

    [Fact]
    public async Task What_happens_to_a_call_is_not_kept_for_somebody_who_does_not_listen()
    {
        var (simulator, _) = await Open(ours: options => options.EventsMax = 4);
        simulator.IncomingCall("78001234567", "79169999999", "Ann");
        var session = await Next();

        await session.RingReady();
        await session.Answer();
        for (var prompt = 0; prompt < 8; prompt++)
        {
            await session.Play("/sounds/hello.wav", Guid.NewGuid());
            _time.Advance(2);
        }

        Assert.True((await session.HangUp()).IsDone);
    }

    [Fact]
    public async Task After_the_hangup_the_connection_lingers_and_then_ends()
    {
        var (simulator, _) = await Open();
        var leg = simulator.IncomingCall("78001234567", "79169999999", "Ann");
        var session = await Next();
        await session.Listen();

        simulator.HangUp(leg);
        await foreach (var fact in session.Events())
        {
            if (fact.Kind == ChannelEventKind.Destroyed)
                break;
        }
        _time.Advance(5);

        Assert.Equal(EslLoss.DisconnectNotice, (await session.Ended.WaitAsync(SwitchRoom.Patience)).Reason);
    }

    [Fact]
    public async Task A_call_can_be_joined_with_somebody_who_is_called_for_it()
    {
        var (simulator, options) = await Open();
        var leg = simulator.IncomingCall("78001234567", "79169999999", "Ann");
        var session = await Next();
        var other = Guid.NewGuid();
        await session.Listen();

        await session.BridgeTo(DialTarget.Number("79160000055"), other, options);
        _time.Advance(0.5);
        ChannelEvent? bridged = null;
        await foreach (var fact in session.Events())
        {
            bridged = fact;
            if (fact.Kind == ChannelEventKind.Bridged)
                break;
        }

        Assert.Equal((leg, other), (bridged?.Uuid, bridged?.Other));
        Assert.Equal(1, simulator.CallsFor(other));
    }

    [Fact]
    public async Task A_restricted_socket_still_gives_the_call_and_its_hangup()
    {
        var (simulator, _) = await Open(options => options.IsOutboundFull = false);
        simulator.IncomingCall("78001234567", "79169999999", "Ann");
        var session = await Next();

        var answer = await session.HangUp();

        Assert.False(session.IsFull);
        Assert.True(answer.IsDone);
        Assert.Equal(EslLoss.DisconnectNotice, (await session.Ended.WaitAsync(SwitchRoom.Patience)).Reason);
        Assert.Empty(simulator.LiveChannels);
    }

    [Fact]
    public async Task When_we_let_go_the_dialplan_parks_the_call()
    {
        var (simulator, _) = await Open();
        var leg = simulator.IncomingCall("78001234567", "79169999999", "Ann");
        var session = await Next();

        _release.SetResult();
        await session.Ended.WaitAsync(SwitchRoom.Patience);

        Assert.Equal([leg], simulator.LiveChannels);
    }

    [Fact]
    public async Task One_call_too_many_is_turned_away_and_stays_with_the_switch()
    {
        var (simulator, _) = await Open(ours: options => options.SessionsMax = 1);
        var watch = new FreeSwitchOptions { Port = simulator.Port };
        await using var watching = await EslLogin.Open(watch, TimeProvider.System, CancellationToken.None);
        await watching.Ask(EslCommand.Events("json", ["CHANNEL_PARK"]));
        simulator.IncomingCall("78001234567", "79169999999", "Ann");
        await Next();

        var second = simulator.IncomingCall("78001234567", "79168888888", "Bob");
        var parked = await watching.Events.ReadAsync().AsTask().WaitAsync(SwitchRoom.Patience);

        Assert.Equal(second.ToString(), parked["Unique-ID"]);
        Assert.False(_arrived.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_call_that_is_let_go_at_once_is_no_complaint_about_what_the_switch_allows()
    {
        var log = new HeardLog();
        var listener = new EslListener(
            new() { ListenPort = 0 },
            (_, _) => Task.CompletedTask,
            TimeProvider.System,
            log.For<EslListener>()
        );
        await listener.StartAsync(CancellationToken.None);
        _open.Add(new Closing(listener));
        // What is said of one of them may be said while the next ones are there.
        for (var call = 0; call < 20; call++)
        {
            using var peer = new TcpClient();
            await peer.ConnectAsync(IPAddress.Loopback, listener.Port);
            var arrival = $"Content-Type: command/reply\nReply-Text: +OK\nUnique-ID: {Guid.NewGuid()}\n\n";
            await peer.GetStream().WriteAsync(Encoding.ASCII.GetBytes(arrival));
            // It takes what else is asked, and answers nothing of it before the line ends.
            await peer.GetStream().CopyToAsync(Stream.Null).WaitAsync(SwitchRoom.Patience);
        }

        Assert.DoesNotContain(log.Lines, line => line.Contains("allows less than we need"));
        Assert.Equal(20, log.Lines.Count(line => line.Contains("arrived from")));
    }

    [Fact]
    public async Task A_call_that_nobody_is_there_to_take_is_parked_by_the_dialplan()
    {
        var (simulator, _) = await Open(options => options.OutboundPort = 1);

        var leg = simulator.IncomingCall("78001234567", "79169999999", "Ann");

        Assert.Equal([leg], simulator.LiveChannels);
    }

    public async ValueTask DisposeAsync()
    {
        _release.TrySetResult();
        foreach (var part in _open)
            await part.DisposeAsync();
    }

    private async Task<EslSession> Next() => await _arrived.Reader.ReadAsync().AsTask().WaitAsync(SwitchRoom.Patience);

    private async Task<(SwitchSimulator Simulator, FreeSwitchOptions Options)> Open(
        Action<SimulatorOptions>? simulated = null,
        Action<FreeSwitchOptions>? ours = null
    )
    {
        var options = new FreeSwitchOptions { ListenPort = 0 };
        ours?.Invoke(options);
        var listener = new EslListener(options, Hold, TimeProvider.System, NullLogger<EslListener>.Instance);
        await listener.StartAsync(CancellationToken.None);
        var simulator = new SimulatorOptions { OutboundPort = listener.Port };
        simulated?.Invoke(simulator);
        var @switch = new SwitchSimulator(simulator, _time, NullLogger<SwitchSimulator>.Instance);
        await @switch.StartAsync(CancellationToken.None);
        _open.Add(new Closing(listener));
        _open.Add(new Closing(@switch));
        return (@switch, options);
    }

    private async Task Hold(EslSession session, CancellationToken stop)
    {
        await _arrived.Writer.WriteAsync(session, stop);
        await Task.WhenAny(_release.Task, session.Ended).WaitAsync(stop);
    }

    private sealed class Closing(Microsoft.Extensions.Hosting.IHostedService part) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await part.StopAsync(CancellationToken.None);
            ((IDisposable)part).Dispose();
        }
    }
}
