using RabbitMQ.Client;

namespace IotOrleans.Queues;

/// <summary>Something that is done over a connection to the broker for as long as it lives.</summary>
public interface IQueueWork
{
    /// <summary>Why it cannot go on although the broker is there; null when it can.</summary>
    string? Trouble { get; }

    /// <summary>Returns when <paramref name="cut"/> is asked for.</summary>
    Task Run(IConnection connection, CancellationToken cut);
}
