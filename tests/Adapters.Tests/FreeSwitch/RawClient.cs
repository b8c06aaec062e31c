using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using IotOrleans.FreeSwitch.Simulator;
using Microsoft.Extensions.Logging.Abstractions;

namespace IotOrleans.FreeSwitch;

/// <summary>A client that says exactly what it is told to say, and keeps what it hears.</summary>
internal sealed class RawClient(NetworkStream stream) : IAsyncDisposable
{
    private readonly PipeReader _reader = PipeReader.Create(stream);
    private readonly EslParser _parser = new(EslLimits.Default);

    public List<EslEvent> Events { get; } = [];

    public static async Task<RawClient> Dial(int port)
    {
        var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return new RawClient(socket.GetStream());
    }

    public async Task Say(string text) => await stream.WriteAsync(Encoding.UTF8.GetBytes(text));

    public async Task<EslFrame> Reply()
    {
        while (true)
        {
            if (await Frame() is { IsReply: true } reply)
                return reply;
        }
    }

    public async Task Until(string name)
    {
        var seen = Events.Count;
        while (!Events.Skip(seen).Any(change => change.Name == name))
            await Frame();
    }

    public async ValueTask DisposeAsync()
    {
        await _reader.CompleteAsync();
        await stream.DisposeAsync();
    }

    private async Task<EslFrame> Frame()
    {
        using var limit = new CancellationTokenSource(SwitchRoom.Patience);
        while (true)
        {
            var result = await _reader.ReadAsync(limit.Token);
            var buffer = result.Buffer;
            var frame = _parser.Take(ref buffer);
            _reader.AdvanceTo(buffer.Start, frame is null ? buffer.End : buffer.Start);
            if (frame is { IsEvent: true })
                Events.Add(EslEvent.From(frame, EslLimits.Default));
            if (frame is not null)
                return frame;
            if (result.IsCompleted)
                throw new EndOfStreamException();
        }
    }
}

/// <summary>An incoming call of the simulated switch, taken by a client in the raw.</summary>
internal sealed class RawCall(SwitchSimulator simulator, RawClient client) : IAsyncDisposable
{
    public RawClient Client { get; } = client;

    public static async Task<RawCall> Arrive(bool isFull)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var options = new SimulatorOptions { OutboundPort = port, IsOutboundFull = isFull };
        var simulator = new SwitchSimulator(options, new ManualTime(), NullLogger<SwitchSimulator>.Instance);
        await simulator.StartAsync(CancellationToken.None);
        simulator.IncomingCall("8001", "alice", "Alice");
        return new RawCall(simulator, new RawClient((await listener.AcceptTcpClientAsync()).GetStream()));
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await simulator.StopAsync(CancellationToken.None);
        simulator.Dispose();
    }
}
