using IotOrleans.Feed;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace IotOrleans.Queues;

/// <summary>
/// Tells the broker what has happened: each at least once, always under the same message id, and the position moves on
/// when the broker has confirmed that it keeps the message and has a queue for it.
/// </summary>
public sealed partial class ResultPublisher(
    IOptions<QueueOptions> options,
    IFeed feed,
    IShift shift,
    TimeProvider clock,
    ILogger<ResultPublisher> log
) : IQueueWork
{
    private const string Reader = "queue";

    /// <summary>Not yet confirmed at a time.</summary>
    private const int Batch = 200;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Respite = TimeSpan.FromSeconds(5);

    // Masked calls are CDRs, which are told anyway.
    private static readonly FeedKind[] Kinds = [FeedKind.Event, FeedKind.IncidentClosed, FeedKind.Cdr];

    public string? Trouble { get; private set; }

    public async Task Run(IConnection connection, CancellationToken cut)
    {
        await using var channel = await connection.Confirmed(cut);
        await Declare(channel, cut);
        while (!cut.IsCancellationRequested)
        {
            var pause = Period;
            try
            {
                await using var mine = await shift.Take("queue results", cut);
                if (mine is not null)
                    await Round(channel, cut);
                Trouble = null;
            }
            catch (PublishException refused)
            {
                Trouble = refused.IsReturn
                    ? "no queue is bound for what has happened"
                    : "the broker does not take what has happened";
                LogRefused(Trouble);
                pause = Respite;
            }
            await Task.Delay(pause, clock, cut).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Declare(IChannel channel, CancellationToken cut)
    {
        var (exchange, queue) = (options.Value.ResultsExchange, options.Value.ResultsQueue);
        await channel.ExchangeDeclareAsync(exchange, ExchangeType.Topic, durable: true, cancellationToken: cut);
        if (queue.Length == 0)
            return;
        await channel.Declare(queue, cut);
        await channel.QueueBindAsync(queue, exchange, "#", cancellationToken: cut);
    }

    private async Task Round(IChannel channel, CancellationToken cut)
    {
        foreach (var kind in Kinds)
        {
            var after = await feed.Position(Reader, kind, cut);
            var settled = await feed.Settled(kind, cut);
            while (after < settled)
            {
                var messages = await FeedMessage.Read(feed, kind, new(after, settled, Batch), cut);
                await Tell(channel, messages, cut);
                after = messages.Length < Batch ? settled : messages[^1].Seq;
                await feed.Advance(Reader, kind, after, cut);
            }
        }
    }

    private async Task Tell(IChannel channel, FeedMessage[] messages, CancellationToken cut)
    {
        var told = new List<Task>(messages.Length);
        foreach (var message in messages)
        {
            var properties = new BasicProperties
            {
                MessageId = message.MessageId.ToString("D"),
                Type = message.Word,
                ContentType = "application/json",
                Persistent = true,
                AppId = "iotorleans",
            };
            told.Add(
                channel
                    .BasicPublishAsync(
                        options.Value.ResultsExchange,
                        message.Word,
                        mandatory: true,
                        properties,
                        System.Text.Encoding.UTF8.GetBytes(message.Body),
                        cut
                    )
                    .AsTask()
            );
        }
        await Task.WhenAll(told);
    }

    [LoggerMessage(LogLevel.Warning, "What has happened is told to the queue later: {Reason}")]
    private partial void LogRefused(string reason);
}
