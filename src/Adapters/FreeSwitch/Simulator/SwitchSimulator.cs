using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IotOrleans.FreeSwitch.Simulator;

/// <summary>
/// Stands in for a FreeSWITCH: the same protocol on a real TCP port, with subscribers who behave as the last two digits
/// of their numbers say. It carries no sound.
/// </summary>
public sealed partial class SwitchSimulator : IHostedService, IDisposable
{
    private readonly SimulatorOptions _options;
    private readonly ILogger<SwitchSimulator> _logger;
    private readonly Switchboard _board;
    private readonly LinkFaults _faults = new();
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stopping = new();
    private Task _accepting = Task.CompletedTask;

    public SwitchSimulator(SimulatorOptions options, TimeProvider clock, ILogger<SwitchSimulator> logger)
    {
        (_options, _logger) = (options, logger);
        _board = new Switchboard(options, clock) { HandOver = channel => _ = HandOver(channel) };
        _listener = new TcpListener(IPAddress.Parse(options.ListenAddress), options.Port);
    }

    /// <summary>Where it listens, known once started.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Every order for a call that ever reached it whole, restarts included.</summary>
    public IReadOnlyList<SimulatedOrder> Orders => _board.Under(board => board.Orders);

    public IReadOnlyList<Guid> LiveChannels =>
        _board.Under(board => (IReadOnlyList<Guid>)[.. board.Channels.Select(channel => channel.Uuid)]);

    /// <summary>How many clients are connected, in either direction.</summary>
    public int Links => _board.Under(board => board.Peers.Count);

    /// <summary>The files that this channel heard to their end, also when it lives no more.</summary>
    public IReadOnlyList<string> HeardBy(Guid channel) => _board.Under(board => board.HeardBy(channel));

    /// <summary>How many calls were made for this leg, whatever they came to.</summary>
    public int CallsFor(Guid leg) => _board.Under(board => board.CallsFor(leg));

    /// <summary>Somebody calls one of our numbers; the call is handed to the configured outbound socket.</summary>
    public Guid IncomingCall(string number, string caller, string callerName) =>
        _board.Under(board => board.Arrive(number, caller, callerName).Uuid);

    /// <summary>A SIP telephone sends a text to one of our numbers.</summary>
    public void Message(string number, string sender, string text) =>
        _board.Under(board => board.Receive(number, sender, text));

    /// <summary>Who hears this channel now: the other leg of its bridge, or the others in its conference.</summary>
    public IReadOnlyList<Guid> TalksWith(Guid channel) => _board.Under(board => board.TalksWith(channel));

    /// <summary>The far end presses keys. Nothing happens on a channel that does not live.</summary>
    public void Press(Guid channel, string keys) =>
        _board.Under(board =>
        {
            if (board.Find(channel.ToString()) is { } found)
                board.Press(found, keys);
        });

    /// <summary>The far end hangs up.</summary>
    public void HangUp(Guid channel, string cause = "NORMAL_CLEARING") =>
        _board.Under(board =>
        {
            if (board.Find(channel.ToString()) is { } found)
                board.End(found, cause);
        });

    /// <summary>Every connection breaks now, without a word.</summary>
    public void DropLinks()
    {
        foreach (var peer in _board.Under(board => board.Peers))
            peer.Cut();
    }

    /// <summary>
    /// Of what clients send from now on only so many bytes arrive; then their connection breaks. Happens once.
    /// </summary>
    public void CutAfterReceiving(long bytes) => _faults.CutAfterReceiving(bytes);

    /// <summary>
    /// Of what is sent to clients from now on only so many bytes leave; then their connection breaks. Happens once.
    /// </summary>
    public void CutAfterSending(long bytes) => _faults.CutAfterSending(bytes);

    public void DelayReplies(TimeSpan time) => _faults.ReplyDelay = time;

    public void LoseReplies(int count) => _faults.LoseReplies(count);

    /// <summary>As after a crash of the switch: every channel and every note is gone, and nobody was told.</summary>
    public void Restart() => _board.Under(board => board.Restart());

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Short, as on the real switch; clients have to bear a connection refused.
        _listener.Start(backlog: 128);
        _board.Under(board => board.Start());
        LogStarted(_options.Name, Port);
        _accepting = Accept();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        _board.Under(board => board.Stop());
        await _accepting;
    }

    public void Dispose()
    {
        _listener.Dispose();
        _board.Under(board => board.Stop());
        _stopping.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
                _ = Serve(await _listener.AcceptSocketAsync(_stopping.Token), null);
        }
        // The listener may be stopped just before it is asked for the next one.
        catch (Exception trouble)
            when (trouble is OperationCanceledException or SocketException
                || (trouble is InvalidOperationException && _stopping.IsCancellationRequested)
            )
        {
            LogStopped(_options.Name);
        }
    }

    private async Task Serve(Socket socket, SimulatedChannel? channel)
    {
        socket.NoDelay = true;
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        using var peer = new SimulatedPeer(stream, _board, _faults, channel);
        _board.Under(board => board.Join(peer));
        await peer.Run();
    }

    /// <summary>
    /// What <c>socket</c> does in the dialplan; when nobody answers there, the next step parks the call.
    /// </summary>
    private async Task HandOver(SimulatedChannel channel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(_options.OutboundHost, _options.OutboundPort, _stopping.Token);
        }
        catch (Exception trouble) when (trouble is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            LogNobody(_options.OutboundHost, _options.OutboundPort, trouble.Message);
            _board.Under(board => board.Park(channel));
            return;
        }
        await Serve(socket, channel);
    }

    [LoggerMessage(LogLevel.Warning, "Switch {Switch} on port {Port} is a SIMULATOR: no telephone will ring")]
    private partial void LogStarted(string @switch, int port);

    [LoggerMessage(LogLevel.Information, "Simulated switch {Switch} stopped")]
    private partial void LogStopped(string @switch);

    [LoggerMessage(LogLevel.Warning, "Nobody takes incoming calls on {Host}:{Port}: {Why}")]
    private partial void LogNobody(string host, int port, string why);
}
