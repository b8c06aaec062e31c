using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IotOrleans.Bench;

/// <summary>
/// One kept HTTP/1.1 connection that asks one thing at a time. It does next to nothing, so that on a small machine the
/// processor is left to those who are measured.
/// </summary>
internal sealed class HttpLine : IDisposable
{
    private static readonly byte[] HeadEnd = "\r\n\r\n"u8.ToArray();
    private static readonly byte[] LastChunk = "0\r\n\r\n"u8.ToArray();

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _length;

    /// <summary>The last answer as it came, head and all.</summary>
    public string Answer => Encoding.UTF8.GetString(_buffer, 0, _length);

    public static async Task<HttpLine> Open(int port)
    {
        var line = new HttpLine();
        try
        {
            await line._socket.ConnectAsync(IPAddress.Loopback, port);
            return line;
        }
        catch
        {
            line.Dispose();
            throw;
        }
    }

    public static byte[] Get(string path) => Encoding.UTF8.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");

    public static byte[] Get(string path, string header) =>
        Encoding.UTF8.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n");

    public static byte[] Post(string path, string header, string json) =>
        Encoding.UTF8.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: localhost\r\n{header}\r\nContent-Type: application/json\r\n"
                + $"Content-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}"
        );

    /// <summary>The status of the answer, when all of it is here.</summary>
    public async ValueTask<int> Ask(ReadOnlyMemory<byte> request)
    {
        await _socket.SendAsync(request);
        _length = 0;
        do
        {
            var read = await _socket.ReceiveAsync(_buffer.AsMemory(_length));
            if (read == 0)
                throw new IOException("The server closed the connection.");
            _length += read;
        } while (!IsWhole(_buffer.AsSpan(0, _length)));
        return int.Parse(_buffer.AsSpan(9, 3), CultureInfo.InvariantCulture);
    }

    public void Dispose() => _socket.Dispose();

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf(HeadEnd);
        if (head < 0)
            return false;
        var length = answer[..head].IndexOf("Content-Length: "u8);
        if (length < 0)
            return answer[..head].IndexOf("chunked"u8) < 0 || answer.EndsWith(LastChunk);
        var number = answer[(length + 16)..];
        return answer.Length - head - 4
            >= int.Parse(number[..number.IndexOf((byte)'\r')], CultureInfo.InvariantCulture);
    }
}
