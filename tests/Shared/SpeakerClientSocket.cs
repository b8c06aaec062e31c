using System.IO.Pipelines;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Connections;

namespace IotOrleans.Tests.Speakers;

/// <summary>Carries a hub connection over one WebSocket, without negotiation.</summary>
public sealed class SpeakerClientSocket : IConnectionFactory
{
    public async ValueTask<ConnectionContext> ConnectAsync(
        EndPoint endpoint,
        CancellationToken cancellationToken = default
    )
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(((UriEndPoint)endpoint).Uri, cancellationToken);
        var options = new PipeOptions(useSynchronizationContext: false);
        var (input, output) = (new Pipe(options), new Pipe(options));
        _ = Receive(socket, input.Writer);
        _ = Send(socket, output.Reader);
        return new DefaultConnectionContext(Guid.NewGuid().ToString("N"))
        {
            Transport = new Duplex(input.Reader, output.Writer),
        };
    }

    private static async Task Receive(ClientWebSocket socket, PipeWriter to)
    {
        Exception? why = null;
        try
        {
            while (true)
            {
                var part = await socket.ReceiveAsync(to.GetMemory(1024), default);
                if (part.MessageType == WebSocketMessageType.Close)
                    break;
                to.Advance(part.Count);
                if ((await to.FlushAsync()).IsCompleted)
                    break;
            }
        }
        catch (Exception trouble) when (trouble is WebSocketException or ObjectDisposedException)
        {
            why = trouble;
        }
        await to.CompleteAsync(why);
    }

    private static async Task Send(ClientWebSocket socket, PipeReader from)
    {
        try
        {
            while (true)
            {
                var read = await from.ReadAsync();
                var left = read.Buffer;
                while (!left.IsEmpty)
                {
                    var part = left.First;
                    left = left.Slice(part.Length);
                    await socket.SendAsync(part, WebSocketMessageType.Text, left.IsEmpty, default);
                }
                from.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    break;
            }
        }
        catch (WebSocketException)
        {
            // The other side is gone; the reader of this socket says so to the hub connection.
        }
        await from.CompleteAsync();
        socket.Dispose();
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
