using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace IotOrleans.Bench;

/// <summary>
/// Stands between a program and its switch and notes when an order for a call comes by. Without a switch behind it, it
/// only reads.
/// </summary>
internal sealed class OrderWatch : IDisposable
{
    private static readonly byte[] Order = "origination_uuid="u8.ToArray();

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Channel<long> _orders = Channel.CreateUnbounded<long>();

    public OrderWatch(int? switchPort)
    {
        _listener.Start();
        _ = Accept(switchPort);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>When each order came, as a timestamp of <see cref="Stopwatch"/>.</summary>
    public ChannelReader<long> Orders => _orders.Reader;

    public void Dispose() => _listener.Dispose();

    private async Task Accept(int? switchPort)
    {
        try
        {
            while (true)
                _ = Serve(await _listener.AcceptSocketAsync(), switchPort);
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            _orders.Writer.TryComplete();
        }
    }

    private async Task Serve(Socket program, int? switchPort)
    {
        program.NoDelay = true;
        await using var near = new NetworkStream(program, ownsSocket: true);
        using var other = new TcpClient { NoDelay = true };
        try
        {
            if (switchPort is { } port)
            {
                await other.ConnectAsync(IPAddress.Loopback, port);
                _ = Return(other.GetStream(), near);
            }
            await Forward(near, switchPort is null ? Stream.Null : other.GetStream());
        }
        catch (Exception cut) when (cut is IOException or SocketException or ObjectDisposedException)
        {
            // The program has ended: that is how each round ends.
        }
    }

    private static async Task Return(Stream from, Stream to)
    {
        try
        {
            await from.CopyToAsync(to);
        }
        catch (Exception cut) when (cut is IOException or ObjectDisposedException)
        {
            // Likewise.
        }
    }

    private async Task Forward(Stream from, Stream to)
    {
        var buffer = new byte[64 * 1024];
        var matched = 0;
        while (await from.ReadAsync(buffer) is > 0 and var read)
        {
            var now = Stopwatch.GetTimestamp();
            for (var at = 0; at < read; at++)
            {
                // No part of the word begins it anew but its first letter.
                matched =
                    buffer[at] == Order[matched] ? matched + 1
                    : buffer[at] == Order[0] ? 1
                    : 0;
                if (matched < Order.Length)
                    continue;
                matched = 0;
                _orders.Writer.TryWrite(now);
            }
            await to.WriteAsync(buffer.AsMemory(0, read));
        }
    }
}
