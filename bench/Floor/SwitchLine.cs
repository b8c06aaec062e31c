using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IotOrleans.Floor;

/// <summary>A socket that orders go out on; what comes back is read and forgotten.</summary>
internal sealed class SwitchLine : IDisposable
{
    private readonly Socket _socket;
    private readonly PipeWriter _writer;

    private SwitchLine(Socket socket)
    {
        _socket = socket;
        var stream = new NetworkStream(socket, ownsSocket: true);
        _writer = PipeWriter.Create(stream);
        _ = stream.CopyToAsync(Stream.Null);
    }

    public static async Task<SwitchLine> Open(string address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPEndPoint.Parse(address));
        return new(socket);
    }

    public void Originate(Guid call) =>
        Encoding.ASCII.GetBytes(
            $"bgapi originate {{origination_uuid={call:D}}}sofia/gateway/carrier/+79160000030 &park()\n\n",
            _writer
        );

    public async ValueTask Flush() => await _writer.FlushAsync();

    public void Dispose() => _socket.Dispose();
}
