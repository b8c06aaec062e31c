using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IotOrleans.FreeSwitch;

/// <summary>A connection of ours, and the far end of it in the hands of the test.</summary>
internal sealed class SocketPair : IAsyncDisposable
{
    private readonly NetworkStream _far;

    private SocketPair(EslConnection connection, NetworkStream far) => (Connection, _far) = (connection, far);

    public EslConnection Connection { get; }

    public static async Task<SocketPair> Open(EslConnectionOptions? options = null, TimeProvider? clock = null)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var near = new TcpClient();
        var accepting = listener.AcceptTcpClientAsync();
        await near.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        var far = (await accepting).GetStream();
        return new(new EslConnection(near.GetStream(), options ?? new(), clock ?? TimeProvider.System), far);
    }

    public async Task Say(string text) => await _far.WriteAsync(Encoding.UTF8.GetBytes(text));

    public Task Reply(string text) => Say($"Content-Type: command/reply\nReply-Text: {text}\n\n");

    public Task ApiReply(string text) =>
        Say($"Content-Type: api/response\nContent-Length: {Encoding.UTF8.GetByteCount(text)}\n\n{text}");

    public Task Event(string json) =>
        Say($"Content-Length: {Encoding.UTF8.GetByteCount(json)}\nContent-Type: text/event-json\n\n{json}");

    /// <summary>Reads until so many commands have arrived whole.</summary>
    public async Task<string> Heard(int commands)
    {
        var text = "";
        var buffer = new byte[4_096];
        while (text.Split("\n\n").Length - 1 < commands)
        {
            var read = await _far.ReadAsync(buffer).AsTask().WaitAsync(SwitchRoom.Patience);
            Assert.NotEqual(0, read);
            text += Encoding.UTF8.GetString(buffer, 0, read);
        }
        return text;
    }

    public void HangUp() => _far.Dispose();

    public async Task<EslLostException> Lost() => await Connection.Lost.WaitAsync(SwitchRoom.Patience);

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await _far.DisposeAsync();
    }
}
