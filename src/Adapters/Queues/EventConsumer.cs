using System.Text;
using IotOrleans.Events;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace IotOrleans.Queues;

/// <summary>
/// Takes events out of a queue. A message is acknowledged when its event is durable, and not before; what can never
/// become an event goes to the dead with the reason, and is acknowledged when it has arrived there.
/// </summary>
public sealed partial class EventConsumer(
    IOptions<QueueOptions> options,
    IQueuedEventIntake intake,
    TimeProvider clock,
    ILogger<EventConsumer> log
) : IQueueWork
{
    public const string ReasonHeader = "x-reason";

    /// <summary>Facts of one device keep their order, and devices do not wait for each other.</summary>
    private const int Lanes = 16;

    private const int ReasonMax = 500;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public string? Trouble { get; private set; }

    public async Task Run(IConnection connection, CancellationToken cut)
    {
        await using var channel = await connection.Confirmed(cut);
        using var closed = CancellationTokenSource.CreateLinkedTokenSource(cut);
        channel.ChannelShutdownAsync += async (_, _) => await closed.CancelAsync();
        foreach (var queue in new[] { options.Value.EventsQueue, options.Value.DeadQueue })
            await channel.Declare(queue, closed.Token);
        await channel.BasicQosAsync(0, options.Value.Prefetch, global: false, closed.Token);
        var lanes = new Task[Lanes];
        Array.Fill(lanes, Task.CompletedTask);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            // The bytes are ours only until this returns. How many wait here is bounded by the prefetch.
            var message = new Message(delivery, delivery.Body.ToArray());
            var read = intake.Read(message.Body, delivery.BasicProperties.MessageId);
            var lane = (read.Event?.DeviceId.GetHashCode() ?? 0) & (Lanes - 1);
            lanes[lane] = Follow(lanes[lane], () => Handle(channel, message, read, closed.Token), closed);
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(options.Value.EventsQueue, autoAck: false, consumer, closed.Token);
        await Task.Delay(Timeout.InfiniteTimeSpan, clock, closed.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(lanes);
    }

    private async Task Follow(Task before, Func<Task> handle, CancellationTokenSource closed)
    {
        await before;
        try
        {
            if (!closed.IsCancellationRequested)
                await handle();
        }
        catch (Exception trouble) when (trouble is OperationCanceledException || QueueLine.IsPassing(trouble))
        {
            // Not acknowledged: it comes again over the next channel.
            LogLeft(trouble.Message);
            await closed.CancelAsync();
        }
    }

    private async Task Handle(IChannel channel, Message message, ReadEvent read, CancellationToken cut)
    {
        var reason = read.Event is { } told ? await Take(told, cut) : read.Reason;
        if (reason is not null)
            await Bury(channel, message, reason, cut);
        await channel.BasicAckAsync(message.Delivery.DeliveryTag, multiple: false, cut);
    }

    /// <summary>Until it is durable: while nothing can be, the broker keeps what it has not yet given to us.</summary>
    private async Task<string?> Take(DeviceEvent told, CancellationToken cut)
    {
        while (true)
        {
            try
            {
                var reason = await intake.Take(told);
                Trouble = null;
                return reason;
            }
            catch (Exception trouble)
                when (trouble is JournalUnavailableException or TimeoutException or OrleansException)
            {
                Trouble = "events wait: nothing can be made durable now";
                LogWaits(told.EventId, trouble.Message);
                await Task.Delay(Pause, clock, cut);
            }
        }
    }

    private async Task Bury(IChannel channel, Message message, string reason, CancellationToken cut)
    {
        var came = message.Delivery.BasicProperties;
        var words = reason.Length > ReasonMax ? reason[..ReasonMax] : reason;
        var properties = new BasicProperties
        {
            MessageId = came.MessageId,
            ContentType = came.ContentType,
            CorrelationId = came.CorrelationId,
            Persistent = true,
            Headers = new Dictionary<string, object?> { [ReasonHeader] = Encoding.UTF8.GetBytes(words) },
        };
        LogBuried(came.MessageId, words);
        await channel.BasicPublishAsync("", options.Value.DeadQueue, mandatory: true, properties, message.Body, cut);
    }

    [LoggerMessage(LogLevel.Warning, "Message {Message} is no event and goes to the dead: {Reason}")]
    private partial void LogBuried(string? message, string reason);

    [LoggerMessage(LogLevel.Warning, "Event {Event} waits in the queue: {Reason}")]
    private partial void LogWaits(string @event, string reason);

    [LoggerMessage(LogLevel.Information, "A message was left to the broker: {Reason}")]
    private partial void LogLeft(string reason);

    private sealed record Message(BasicDeliverEventArgs Delivery, byte[] Body);
}
