using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IotOrleans.Tests;

/// <summary>
/// Sits on the line to a switch. What is said to the switch and what it replies pass in order; its events come twice,
/// late and out of order, and some do not come at all. The end of a call does come: nothing else would tell of it while
/// the line holds.
/// </summary>
internal sealed class EventTap : IAsyncDisposable
{
    private static readonly byte[] HeadEnd = "\n\n"u8.ToArray();

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Random _random;
    private readonly Task _accepting;

    public EventTap(int target, Random random)
    {
        _random = random;
        _listener.Start();
        _accepting = Accept(target);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Lost { get; private set; }

    public int Repeated { get; private set; }

    public int Late { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
    }

    private async Task Accept(int target)
    {
        try
        {
            while (true)
                _ = Join(await _listener.AcceptSocketAsync(_stopping.Token), target);
        }
        catch (Exception trouble)
            when (trouble is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            _listener.Stop();
        }
    }

    private async Task Join(Socket near, int target)
    {
        using var far = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (near)
        {
            try
            {
                await far.ConnectAsync(IPAddress.Loopback, target, _stopping.Token);
                await Task.WhenAny(Pass(near, far), Shuffle(far, near));
            }
            catch (Exception trouble) when (IsEnd(trouble))
            {
                // Who has hung up on one side is hung up on by the other.
            }
        }
    }

    private async Task Pass(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReceiveAsync(buffer, _stopping.Token) is > 0 and var count)
            await to.SendAsync(buffer.AsMemory(0, count), _stopping.Token);
    }

    private async Task Shuffle(Socket from, Socket to)
    {
        using var turn = new SemaphoreSlim(1);
        var (buffer, length) = (new byte[1024 * 1024], 0);
        while (await from.ReceiveAsync(buffer.AsMemory(length), _stopping.Token) is > 0 and var count)
        {
            length += count;
            var at = 0;
            while (Frame(buffer.AsSpan(at, length - at)) is { } frame)
            {
                at += frame.Length;
                await Send(frame, to, turn);
            }
            buffer.AsSpan(at, length - at).CopyTo(buffer);
            length -= at;
        }
    }

    private async Task Send(byte[] frame, Socket to, SemaphoreSlim turn)
    {
        var text = Encoding.UTF8.GetString(frame);
        var chance = text.Contains("text/event", StringComparison.Ordinal) ? _random.Next(100) : 100;
        if (chance < 8 && !text.Contains("CHANNEL_HANGUP_COMPLETE", StringComparison.Ordinal))
        {
            Lost++;
            return;
        }
        if (chance < 30)
        {
            Late++;
            _ = Later(frame, to, turn, _random.Next(1, 60));
            return;
        }
        await Whole(frame, to, turn);
        if (chance < 50)
        {
            Repeated++;
            _ = Later(frame, to, turn, _random.Next(60));
        }
    }

    private async Task Later(byte[] frame, Socket to, SemaphoreSlim turn, int milliseconds)
    {
        try
        {
            await Task.Delay(milliseconds, _stopping.Token);
            await Whole(frame, to, turn);
        }
        catch (Exception trouble) when (IsEnd(trouble))
        {
            // Too late for this line.
        }
    }

    private async Task Whole(byte[] frame, Socket to, SemaphoreSlim turn)
    {
        await turn.WaitAsync(_stopping.Token);
        try
        {
            await to.SendAsync(frame, _stopping.Token);
        }
        finally
        {
            turn.Release();
        }
    }

    private static byte[]? Frame(ReadOnlySpan<byte> bytes)
    {
        var head = bytes.IndexOf(HeadEnd);
        if (head < 0)
            return null;
        var body = 0;
        foreach (var line in Encoding.UTF8.GetString(bytes[..head]).Split('\n'))
        {
            if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                body = int.Parse(line.AsSpan(15).Trim(), System.Globalization.CultureInfo.InvariantCulture);
        }
        var whole = head + HeadEnd.Length + body;
        return bytes.Length < whole ? null : bytes[..whole].ToArray();
    }

    private static bool IsEnd(Exception trouble) =>
        trouble is SocketException or OperationCanceledException or ObjectDisposedException;
}
