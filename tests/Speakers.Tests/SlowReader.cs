using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;

namespace IotOrleans.Tests.Speakers;

/// <summary>
/// A speaker that opens its connection and then reads nothing, with as little room for bytes as the system gives.
/// </summary>
public sealed class SlowReader : IDisposable
{
    private readonly ClientWebSocket _socket = new();

    public static async Task<SlowReader> Connect(Uri server, string key)
    {
        var slow = new SlowReader();
        var address = new UriBuilder(new Uri(server, $"{SpeakerClient.HubPath}?access_token={key}")) { Scheme = "ws" };
        using var http = new HttpMessageInvoker(new SocketsHttpHandler { ConnectCallback = Narrow });
        await slow._socket.ConnectAsync(address.Uri, http, default);
        var hello = Encoding.UTF8.GetBytes("{\"protocol\":\"json\",\"version\":1}\u001e");
        await slow._socket.SendAsync(hello, WebSocketMessageType.Text, true, default);
        await slow._socket.ReceiveAsync(new byte[64], default);
        return slow;
    }

    /// <summary>Reads on until the other side is gone, or more has come than it could have kept.</summary>
    /// <returns>How many bytes there were.</returns>
    public async Task<long> ReadToTheEnd(long most)
    {
        var (buffer, total) = (new byte[64 * 1024], 0L);
        try
        {
            while (
                total <= most
                && await _socket.ReceiveAsync(buffer, default) is { MessageType: WebSocketMessageType.Text } part
            )
                total += part.Count;
        }
        catch (WebSocketException)
        {
            // Cut off in the middle: that is an end as well.
        }
        return total;
    }

    public void Dispose() => _socket.Dispose();

    private static async ValueTask<Stream> Narrow(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(context.DnsEndPoint, cancellation);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
