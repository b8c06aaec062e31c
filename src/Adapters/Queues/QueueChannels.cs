using RabbitMQ.Client;

namespace IotOrleans.Queues;

/// <summary>How we use a broker: what is told is confirmed, and what is kept is kept in more than one place.</summary>
internal static class QueueChannels
{
    extension(IConnection connection)
    {
        /// <summary>A channel on which a publish returns when the broker has taken it, or fails.</summary>
        public Task<IChannel> Confirmed(CancellationToken cut) =>
            connection.CreateChannelAsync(
                new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true),
                cut
            );
    }

    extension(IChannel channel)
    {
        /// <summary>
        /// Durable, and on several nodes where the broker is a cluster; and the broker counts how often it has given a
        /// message, so that one which ends the house each time does not come for ever.
        /// </summary>
        public Task Declare(string queue, CancellationToken cut) =>
            channel.QueueDeclareAsync(
                queue,
                durable: true,
                exclusive: false,
                autoDelete: false,
                new Dictionary<string, object?> { ["x-queue-type"] = "quorum" },
                cancellationToken: cut
            );
    }
}
