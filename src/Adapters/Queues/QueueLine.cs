using System.Net.Sockets;
using IotOrleans.Events;
using IotOrleans.Tls;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace IotOrleans.Queues;

/// <summary>
/// The line to the broker. It reconnects loudly and begins everything anew: what was not acknowledged comes again, and
/// what was not confirmed is told again.
/// </summary>
public sealed partial class QueueLine(
    IOptions<QueueOptions> options,
    IEnumerable<IQueueWork> works,
    TrustedCertificates certificates,
    TimeProvider clock,
    ILogger<QueueLine> log
) : BackgroundService, IHealthPart
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    private readonly IQueueWork[] _works = [.. works];
    private volatile string? _away = "not connected yet";

    public ValueTask<PartHealth> Check(CancellationToken cancellation)
    {
        var trouble = _away ?? Array.Find(_works, work => work.Trouble is not null)?.Trouble;
        var status = trouble is null ? PartStatus.Up : PartStatus.Down;
        return new(new PartHealth("queue", status, Needed: false, trouble ?? $"RabbitMQ at {Host}"));
    }

    /// <summary>Whether this is the broker or the way to it, and will pass.</summary>
    internal static bool IsPassing(Exception trouble) =>
        trouble
            is RabbitMQClientException
                or SocketException
                or IOException
                or TimeoutException
                or JournalUnavailableException
                or OrleansException
                or System.Security.Authentication.AuthenticationException;

    private string Host => options.Value.Uri!.Host;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Serve(stoppingToken);
                _away = "the broker has closed the connection";
            }
            catch (Exception trouble) when (IsPassing(trouble))
            {
                _away = trouble is BrokerUnreachableException ? "cannot be reached" : trouble.Message;
            }
            catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
            {
                _away = "the connection was lost";
            }
            if (stoppingToken.IsCancellationRequested)
                return;
            LogAway(Host, _away);
            await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Serve(CancellationToken stopping)
    {
        var factory = new ConnectionFactory
        {
            Uri = options.Value.Uri!,
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedHeartbeat = Heartbeat,
            ClientProvidedName = "iotorleans",
        };
        factory.Ssl.CertificateValidationCallback = certificates.Accepts;
        await using var connection = await factory.CreateConnectionAsync(stopping);
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        connection.ConnectionShutdownAsync += async (_, _) => await cut.CancelAsync();
        if (!connection.IsOpen)
            return;
        LogConnected(Host);
        _away = null;
        // One that fails takes the others along: they begin anew together.
        await Task.WhenAll(_works.Select(work => Run(work, connection, cut)));
    }

    private static async Task Run(IQueueWork work, IConnection connection, CancellationTokenSource cut)
    {
        try
        {
            await work.Run(connection, cut.Token);
        }
        finally
        {
            await cut.CancelAsync();
        }
    }

    [LoggerMessage(LogLevel.Information, "The queue at {Host} is connected")]
    private partial void LogConnected(string host);

    [LoggerMessage(LogLevel.Warning, "The queue at {Host} is away: {Reason}")]
    private partial void LogAway(string host, string? reason);
}
