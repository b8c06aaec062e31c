using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IotOrleans.Deploy;

/// <summary>A name server (RFC 1035) that knows what a test says, and for an hour, as Docker's does.</summary>
internal sealed class TestNames : IAsyncDisposable
{
    private const int HeaderLength = 12;

    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _answering;

    public TestNames() => _answering = Answer();

    public int Port => ((IPEndPoint)_socket.Client.LocalEndPoint!).Port;

    public ConcurrentDictionary<string, IPAddress> Known { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _answering.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
        _socket.Dispose();
    }

    private async Task Answer()
    {
        while (true)
        {
            var asked = await _socket.ReceiveAsync(_stopping.Token);
            await _socket.SendAsync(Answer(asked.Buffer), asked.RemoteEndPoint, _stopping.Token);
        }
    }

    private byte[] Answer(byte[] asked)
    {
        var (labels, end) = (new List<string>(), HeaderLength);
        for (; asked[end] != 0; end += 1 + asked[end])
            labels.Add(Encoding.ASCII.GetString(asked, end + 1, asked[end]));
        var question = asked[HeaderLength..(end + 5)];
        var isKnown = Known.TryGetValue(string.Join('.', labels), out var address);
        // An answer, with recursion; 3: there is no such name.
        byte[] flags = [0x81, isKnown ? (byte)0x80 : (byte)0x83];
        byte[] header = [.. asked[..2], .. flags, 0, 1, 0, isKnown ? (byte)1 : (byte)0, 0, 0, 0, 0];
        // The name of the question, an address of four bytes, for 3,600 seconds.
        byte[] found = isKnown
            ? [0xC0, HeaderLength, 0, 1, 0, 1, 0, 0, 0x0E, 0x10, 0, 4, .. address!.GetAddressBytes()]
            : [];
        return [.. header, .. question, .. found];
    }
}
