using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace IotOrleans.Tests;

/// <summary>
/// A stretch of network that a test can cut: while it is cut no byte passes and no connection is made, and nobody is
/// told, as when a cable is pulled.
/// </summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Socket, byte> _open = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;
    private volatile TaskCompletionSource _passes = Passing();
    private volatile bool _isRefusing;

    public TcpProxy(int target)
    {
        _listener.Start();
        _accepting = Listen(target);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What every piece of bytes is held up by, in each direction.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Sees every piece before it goes on to the target; false keeps it, and everything after it.</summary>
    public Func<ReadOnlyMemory<byte>, bool> MayPass { get; set; } = _ => true;

    /// <summary>Nobody is there: what is open breaks, and what comes is closed at once.</summary>
    public void Refuse()
    {
        _isRefusing = true;
        foreach (var socket in _open.Keys)
            socket.Dispose();
    }

    public void Accept() => _isRefusing = false;

    public void Cut() => _passes = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The cable is in again. What was under way is gone, as after the patience of TCP.</summary>
    public void Mend()
    {
        foreach (var socket in _open.Keys)
            socket.Dispose();
        _passes.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Mend();
        _listener.Dispose();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task Listen(int target)
    {
        try
        {
            while (true)
                _ = Join(await _listener.AcceptSocketAsync(_stopping.Token), target);
        }
        catch (Exception trouble) when (trouble is OperationCanceledException or SocketException)
        {
            _listener.Stop();
        }
    }

    private async Task Join(Socket near, int target)
    {
        var far = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (_isRefusing)
        {
            near.Dispose();
            far.Dispose();
            return;
        }
        near.NoDelay = true;
        _open[near] = _open[far] = 0;
        try
        {
            await _passes.Task.WaitAsync(_stopping.Token);
            await far.ConnectAsync(IPAddress.Loopback, target, _stopping.Token);
            await Task.WhenAny(Pass(near, far, bytes => MayPass(bytes)), Pass(far, near, _ => true));
        }
        catch (Exception trouble)
            when (trouble is SocketException or OperationCanceledException or ObjectDisposedException) { }
        finally
        {
            _open.TryRemove(near, out _);
            _open.TryRemove(far, out _);
            near.Dispose();
            far.Dispose();
        }
    }

    private async Task Pass(Socket from, Socket to, Func<ReadOnlyMemory<byte>, bool> mayPass)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _stopping.Token) is > 0 and var count)
            {
                await _passes.Task.WaitAsync(_stopping.Token);
                if (Delay > TimeSpan.Zero)
                    await Task.Delay(Delay, _stopping.Token);
                if (!mayPass(buffer.AsMemory(0, count)))
                    await Task.Delay(Timeout.Infinite, _stopping.Token);
                await to.SendAsync(buffer.AsMemory(0, count), _stopping.Token);
            }
        }
        catch (Exception trouble)
            when (trouble is SocketException or OperationCanceledException or ObjectDisposedException) { }
    }

    private static TaskCompletionSource Passing()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }
}
