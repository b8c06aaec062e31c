using System.Net.Sockets;

namespace IotOrleans.FreeSwitch;

/// <summary>Opens an inbound connection: TCP, the switch's question, our password.</summary>
public static class EslLogin
{
    /// <exception cref="EslLostException">Nobody there, refused, or not in time.</exception>
    public static async Task<EslConnection> Open(FreeSwitchOptions options, TimeProvider clock, CancellationToken stop)
    {
        var time = TimeSpan.FromMilliseconds(options.ConnectMilliseconds);
        var stream = await Reach(options, time, clock, stop);
        var connection = new EslConnection(stream, EslConnectionOptions.From(options), clock);
        try
        {
            await connection.Greeting.WaitAsync(time, clock, stop);
            var reply = await connection.Ask(EslCommand.Auth(options.Password));
            if (reply.IsOk)
                return connection;
            throw new EslLostException(EslLoss.PasswordRefused, "The switch refused the password.");
        }
        catch (TimeoutException slow)
        {
            await connection.DisposeAsync();
            throw new EslLostException(EslLoss.NoReplyInTime, "The switch did not greet us in time.", cause: slow);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task<NetworkStream> Reach(
        FreeSwitchOptions options,
        TimeSpan time,
        TimeProvider clock,
        CancellationToken stop
    )
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(options.Host, options.Port, stop).AsTask().WaitAsync(time, clock, stop);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception trouble) when (trouble is SocketException or TimeoutException)
        {
            socket.Dispose();
            throw new EslLostException(EslLoss.SocketFailure, "The switch cannot be reached.", cause: trouble);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
