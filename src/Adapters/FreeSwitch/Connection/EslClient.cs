using Microsoft.Extensions.Logging;

namespace IotOrleans.FreeSwitch;

/// <summary>
/// Keeps an inbound connection to one switch. Reconnecting is loud: events of the gap are lost, so the owner is told
/// of each end and of each beginning, in order with the events.
/// </summary>
public sealed partial class EslClient(FreeSwitchOptions options, IEslOwner owner, TimeProvider clock, ILogger logger)
{
    /// <summary>No more than the product needs: one call with all events is 90 KB.</summary>
    private static readonly string[] Subscription =
    [
        "CHANNEL_CREATE",
        "CHANNEL_PROGRESS",
        "CHANNEL_PROGRESS_MEDIA",
        "CHANNEL_ANSWER",
        "CHANNEL_BRIDGE",
        "CHANNEL_UNBRIDGE",
        "CHANNEL_EXECUTE_COMPLETE",
        "CHANNEL_HANGUP_COMPLETE",
        "CHANNEL_DESTROY",
        "DTMF",
        "RECV_MESSAGE",
        "BACKGROUND_JOB",
        "HEARTBEAT",
    ];

    public async Task Run(CancellationToken stop)
    {
        for (var failures = 0; !stop.IsCancellationRequested; failures++)
        {
            try
            {
                await using var connection = await Open(stop);
                failures = 0;
                LogConnected(options.Name);
                await owner.Connected(connection);
                var loss = await Live(connection, stop);
                LogLost(options.Name, loss.Reason, loss.Message);
                await owner.Lost(loss);
            }
            catch (EslLostException loss)
            {
                LogUnreachable(options.Name, loss.Reason, loss.Message, failures + 1);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            await Pause(failures, stop);
        }
    }

    private async Task<EslConnection> Open(CancellationToken stop)
    {
        var connection = await EslLogin.Open(options, clock, stop);
        try
        {
            var reply = await connection.Ask(EslCommand.Events("json", Subscription));
            if (reply.IsOk)
                return connection;
            throw new EslLostException(EslLoss.ProtocolError, "The switch refused the subscription.");
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task<EslLostException> Live(EslConnection connection, CancellationToken stop)
    {
        using var ending = stop.Register(() => connection.Drop(EslLoss.ClosedByUs, "We are stopping."));
        var watching = Watch(connection);
        await foreach (var change in connection.Events.ReadAllAsync(CancellationToken.None))
            await owner.Received(change);
        await watching;
        return await connection.Lost;
    }

    /// <summary>A dead line is silent for ever, so silence is answered with a question.</summary>
    private async Task Watch(EslConnection connection)
    {
        var patience = TimeSpan.FromSeconds(options.PingSeconds);
        while (!connection.Lost.IsCompleted)
        {
            try
            {
                await connection.Lost.WaitAsync(patience, clock);
            }
            catch (TimeoutException)
            {
                if (connection.Silence >= patience)
                    await Ping(connection);
            }
        }
    }

    private async Task Ping(EslConnection connection)
    {
        try
        {
            await connection.Ask(EslCommand.Api("version"));
        }
        catch (EslLostException loss)
        {
            LogPingFailed(options.Name, loss.Reason);
        }
        catch (EslBusyException)
        {
            // Commands are waiting, and each of them is a question as good as ours.
        }
    }

    private async Task Pause(int failures, CancellationToken stop)
    {
        var longest = Math.Min(options.RetryMillisecondsMax, options.RetryMillisecondsMin * Math.Pow(2, failures));
        // Random, so that many clients of a restarted switch do not come back in one moment.
        var pause = TimeSpan.FromMilliseconds(longest * (1 - (Random.Shared.NextDouble() / 2)));
        try
        {
            await Task.Delay(pause, clock, stop);
        }
        catch (OperationCanceledException)
        {
            // Stopping: the loop ends by its own condition.
        }
    }

    [LoggerMessage(LogLevel.Information, "Switch {Switch} is connected")]
    private partial void LogConnected(string @switch);

    [LoggerMessage(LogLevel.Warning, "Switch {Switch} is lost: {Reason}, {Words}")]
    private partial void LogLost(string @switch, EslLoss reason, string words);

    [LoggerMessage(LogLevel.Error, "Switch {Switch} cannot be reached: {Reason}, {Words} (attempt {Attempt})")]
    private partial void LogUnreachable(string @switch, EslLoss reason, string words, int attempt);

    [LoggerMessage(LogLevel.Warning, "Switch {Switch} did not answer a ping: {Reason}")]
    private partial void LogPingFailed(string @switch, EslLoss reason);
}
