using System.Net;
using System.Net.Sockets;

namespace IotOrleans.Tests.Sip;

/// <summary>A way to somebody over TCP: shut, as if he had died, or blocked, as if he stood still.</summary>
internal sealed class Gate : IAsyncDisposable
{
    private readonly EndPoint _behind;
    private readonly List<Socket> _open = [];
    private readonly CancellationTokenSource _stop = new();
    private Socket? _listener;
    private volatile bool _blocked;

    public Gate(string host, int port)
    {
        _behind = new IPEndPoint(IPAddress.Parse(host), port);
        Open();
    }

    public int Port { get; private set; }

    public void Open()
    {
        _blocked = false;
        if (_listener is not null)
            return;
        _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, Port));
        _listener.Listen(512);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _ = Accept(_listener);
    }

    /// <summary>Nobody is there: connections break and none is made.</summary>
    public void Shut()
    {
        _listener?.Dispose();
        _listener = null;
        Break();
    }

    /// <summary>Somebody is there and says nothing.</summary>
    public void Block()
    {
        _blocked = true;
        Break();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Shut();
        _stop.Dispose();
    }

    private void Break()
    {
        lock (_open)
        {
            foreach (var socket in _open)
                socket.Dispose();
            _open.Clear();
        }
    }

    private async Task Accept(Socket listener)
    {
        try
        {
            while (true)
                _ = Relay(await listener.AcceptAsync(_stop.Token));
        }
        catch (Exception over) when (over is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // It was shut.
        }
    }

    private async Task Relay(Socket near)
    {
        Keep(near);
        if (_blocked)
            return;
        var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        near.NoDelay = true;
        Keep(far);
        try
        {
            await far.ConnectAsync(_behind, _stop.Token);
            await Task.WhenAny(Copy(near, far), Copy(far, near));
        }
        catch (Exception over) when (over is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One of the two has gone; the other is let go below.
        }
        near.Dispose();
        far.Dispose();
    }

    private async Task Copy(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReceiveAsync(buffer, _stop.Token) is > 0 and var count)
            await to.SendAsync(buffer.AsMemory(0, count), _stop.Token);
    }

    private void Keep(Socket socket)
    {
        lock (_open)
            _open.Add(socket);
    }
}
