using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using IotOrleans.Tls;

namespace IotOrleans.Actions;

/// <summary>One connection to a mail server: commands go out, whole replies come in.</summary>
internal sealed class SmtpLine : IAsyncDisposable
{
    private readonly byte[] _read = new byte[4_096];
    private Stream _stream;
    private int _from;
    private int _to;

    private SmtpLine(Stream stream) => _stream = stream;

    public static async Task<SmtpLine> Open(string host, int port, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, cancellation);
            return new(new NetworkStream(socket, ownsSocket: true));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async Task Secure(string host, TrustedCertificates certificates, CancellationToken cancellation)
    {
        // What came before the handshake was said by whoever sits in between.
        if (_from < _to)
            throw new IOException("The server spoke before the handshake.");
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false, certificates.Accepts);
        _stream = tls;
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host }, cancellation);
    }

    /// <exception cref="SmtpRefusedException">The answer begins with another digit than the one expected.</exception>
    public async Task<SmtpReply> Ask(string command, int expected, CancellationToken cancellation)
    {
        await Write(Encoding.ASCII.GetBytes(command + "\r\n"), cancellation);
        return await Expect(expected, cancellation);
    }

    public async Task Write(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        await _stream.WriteAsync(bytes, cancellation);
        await _stream.FlushAsync(cancellation);
    }

    public async Task<SmtpReply> Expect(int firstDigit, CancellationToken cancellation)
    {
        var reply = await Reply(cancellation);
        return reply.Code / 100 == firstDigit
            ? reply
            : throw new SmtpRefusedException($"the mail server says {reply}", mayRetry: reply.Code / 100 != 5);
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task<SmtpReply> Reply(CancellationToken cancellation)
    {
        var lines = new List<string>();
        while (true)
        {
            var line = await Line(cancellation);
            if (SmtpReply.Head(line) is not { } head || lines.Count == SmtpReply.LinesMax)
                throw new IOException("What answers is no mail server.");
            lines.Add(line.Length > 4 ? line[4..] : "");
            if (head.IsLast)
                return new(head.Code, [.. lines]);
        }
    }

    private async Task<string> Line(CancellationToken cancellation)
    {
        var line = new List<byte>();
        while (true)
        {
            if (_from == _to)
                (_from, _to) = (0, await _stream.ReadAsync(_read, cancellation));
            if (_to == 0)
                throw new IOException("The mail server has hung up.");
            var next = _read[_from++];
            if (next == '\n')
                return Encoding.ASCII.GetString([.. line]).TrimEnd('\r');
            line.Add(next);
            if (line.Count > SmtpReply.LineBytesMax)
                throw new IOException("What answers is no mail server.");
        }
    }
}
