using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;

namespace IotOrleans.Bench;

/// <summary>
/// A speaker on the hub's JSON protocol, no larger than it must be: it notes when it is rung and rejects the call.
/// </summary>
internal sealed class SpeakerSocket(string number) : IDisposable
{
    private const byte RecordEnd = 0x1e;

    private static readonly byte[] Handshake = "{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray();
    private static readonly byte[] Ping = "{\"type\":6}\u001e"u8.ToArray();
    private static readonly byte[] FirstCall =
        "{\"type\":1,\"invocationId\":\"1\",\"target\":\"Reject\",\"arguments\":[\"none\"]}\u001e"u8.ToArray();
    private static readonly byte[] CallIdMember = "\"call_id\":\""u8.ToArray();

    private readonly ClientWebSocket _socket = new();
    private readonly ConcurrentQueue<TaskCompletionSource<long>> _waiting = new();

    public string Number => number;

    public async Task Connect(Uri hub)
    {
        _socket.Options.KeepAliveInterval = TimeSpan.Zero;
        _socket.Options.CollectHttpResponseDetails = false;
        await _socket.ConnectAsync(hub, CancellationToken.None);
        await Say(Handshake);
        var answer = new byte[64];
        var read = await _socket.ReceiveAsync(answer, CancellationToken.None);
        if (read.Count < 3 || answer[2] == '"')
            throw new InvalidOperationException(Encoding.UTF8.GetString(answer, 0, read.Count));
        // The handshake is answered before the hub knows of the speaker, the first call after that.
        await Say(FirstCall);
        var heard = "";
        while (!heard.Contains("\"type\":3", StringComparison.Ordinal))
        {
            read = await _socket.ReceiveAsync(answer, CancellationToken.None);
            if (read.MessageType == WebSocketMessageType.Close)
                throw new InvalidOperationException($"The hub closed the connection: {heard}");
            heard += Encoding.UTF8.GetString(answer, 0, read.Count);
        }
        _ = Listen();
    }

    /// <summary>The time at which it is rung; when it is awaited twice, the first ring is the first one's.</summary>
    /// <exception cref="TimeoutException">It was not rung: a call was lost, or the machine is far too slow.</exception>
    public Task<long> Rings()
    {
        var ring = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Enqueue(ring);
        return ring.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>A client that says nothing for half a minute is taken for gone.</summary>
    public Task KeepAlive() => Say(Ping);

    public void Dispose() => _socket.Dispose();

    private async Task Listen()
    {
        var buffer = new byte[2048];
        var length = 0;
        try
        {
            while (true)
            {
                var read = await _socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                if (read.MessageType == WebSocketMessageType.Close)
                    return;
                var now = Stopwatch.GetTimestamp();
                length += read.Count;
                for (int end; (end = buffer.AsSpan(0, length).IndexOf(RecordEnd)) >= 0; )
                {
                    var call = CallOf(buffer.AsSpan(0, end));
                    buffer.AsSpan(end + 1, length - end - 1).CopyTo(buffer);
                    length -= end + 1;
                    if (call is not null)
                        await Reject(call, now);
                }
            }
        }
        catch (Exception gone) when (gone is WebSocketException or ObjectDisposedException)
        {
            // The round is over.
        }
    }

    private async Task Reject(string call, long rungAt)
    {
        if (_waiting.TryDequeue(out var ring))
            ring.TrySetResult(rungAt);
        await Say(
            Encoding.UTF8.GetBytes($"{{\"type\":1,\"target\":\"Reject\",\"arguments\":[\"{call}\"]}}{(char)RecordEnd}")
        );
    }

    private static string? CallOf(ReadOnlySpan<byte> record)
    {
        if (record.IndexOf("\"IncomingCall\""u8) < 0)
            return null;
        var value = record[(record.IndexOf(CallIdMember) + CallIdMember.Length)..];
        return Encoding.UTF8.GetString(value[..value.IndexOf((byte)'"')]);
    }

    private Task Say(byte[] record) =>
        _socket.SendAsync(record, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
}
