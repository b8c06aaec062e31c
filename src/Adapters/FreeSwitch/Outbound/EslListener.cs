using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IotOrleans.FreeSwitch;

/// <summary>Takes the calls that the dialplan hands over, a connection for each.</summary>
/// <param name="answer">Plays one call. The connection is held until it returns.</param>
public sealed partial class EslListener(
    FreeSwitchOptions options,
    Func<EslSession, CancellationToken, Task> answer,
    TimeProvider clock,
    ILogger<EslListener> logger
) : BackgroundService
{
    private readonly TcpListener _listener = new(IPAddress.Parse(options.ListenAddress), options.ListenPort);
    private int _sessions;

    /// <summary>Where we listen, known once started.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Sessions => Volatile.Read(ref _sessions);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Here and not in the background: a port that is taken must stop the start, not be found out by a caller.
        _listener.Start();
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _listener.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(stoppingToken);
                socket.NoDelay = true;
                if (Interlocked.Increment(ref _sessions) <= options.SessionsMax)
                    _ = Serve(socket, stoppingToken);
                else
                    TurnAway(socket);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            _listener.Stop();
        }
    }

    private void TurnAway(Socket socket)
    {
        Interlocked.Decrement(ref _sessions);
        socket.Dispose();
        LogTurnedAway(options.Name, options.SessionsMax);
    }

    private async Task Serve(Socket socket, CancellationToken stop)
    {
        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            await using var connection = new EslConnection(stream, EslConnectionOptions.From(options), clock);
            var session = await Begin(connection);
            LogArrived(session.Channel, Masked.Number(session.CallerNumber), Masked.Number(session.Destination));
            await answer(session, stop);
        }
        catch (EslLostException loss)
        {
            LogBroken(options.Name, loss.Reason, loss.Message);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            LogStopped(options.Name);
        }
#pragma warning disable CA1031 // One call's trouble, whatever it is, must not end the service for all others.
        catch (Exception trouble)
#pragma warning restore CA1031
        {
            LogFailed(options.Name, trouble);
        }
        finally
        {
            Interlocked.Decrement(ref _sessions);
        }
    }

    /// <summary>
    /// The switch says nothing until it is asked. Commands before <c>connect</c> would be taken, but not run.
    /// </summary>
    private async Task<EslSession> Begin(EslConnection connection)
    {
        var frame = await connection.AskFrame(EslCommand.Connect());
        var headers = frame.Headers.Decoded();
        if (!EslReply.From(frame).IsOk || !Guid.TryParse(headers["Unique-ID"], out var channel))
            throw new EslLostException(EslLoss.ProtocolError, "The switch did not say which call it brings.");
        var session = new EslSession(connection, channel, headers);

        _ = Linger(connection);
        return session;
    }

    /// <summary>The call does not wait for this; what is said after it is said after it on the line as well.</summary>
    private async Task Linger(EslConnection connection)
    {
        try
        {
            var reply = await connection.Ask(EslCommand.Linger(TimeSpan.FromSeconds(options.LingerSeconds)));
            if (!reply.IsOk)
                LogNotAllowed(options.Name, reply.Text);
        }
        catch (EslLostException)
        {
            // The call, or our hold of it, was over before the answer: whoever holds it is told by its end.
        }
    }

    [LoggerMessage(LogLevel.Information, "Channel {Channel} arrived from {Caller} for {Number}")]
    private partial void LogArrived(Guid channel, string caller, string number);

    [LoggerMessage(LogLevel.Error, "A call from switch {Switch} was turned away: {Max} are held already")]
    private partial void LogTurnedAway(string @switch, int max);

    [LoggerMessage(LogLevel.Warning, "A call's connection from switch {Switch} broke: {Reason}, {Words}")]
    private partial void LogBroken(string @switch, EslLoss reason, string words);

    [LoggerMessage(LogLevel.Warning, "Switch {Switch} allows less than we need on a call's connection: {Words}")]
    private partial void LogNotAllowed(string @switch, string words);

    [LoggerMessage(LogLevel.Error, "A call from switch {Switch} could not be played")]
    private partial void LogFailed(string @switch, Exception trouble);

    [LoggerMessage(LogLevel.Information, "Listener for switch {Switch} stopped")]
    private partial void LogStopped(string @switch);
}
