using System.ComponentModel.DataAnnotations;

namespace IotOrleans.Queues;

/// <summary>An operator's RabbitMQ. Section "Queue". Without an address there is none, and nothing misses it.</summary>
public sealed class QueueOptions
{
    /// <summary>amqp:// or amqps://user:password@host:port/vhost. Never logged.</summary>
    public Uri? Uri { get; set; }

    /// <summary>Events come in here, in the form of POST /api/v1/events. Empty: none do.</summary>
    public string EventsQueue { get; set; } = "iot.events";

    /// <summary>Where messages end that are no events, each with the header "x-reason".</summary>
    [Required]
    public string DeadQueue { get; set; } = "iot.events.dead";

    /// <summary>A topic exchange for what happened: event.TYPE, incident.closed, cdr.closed. Empty: none.</summary>
    public string ResultsExchange { get; set; } = "iot.results";

    /// <summary>Bound to the whole of it. Empty: queues are bound by whoever reads, before the house starts.</summary>
    public string ResultsQueue { get; set; } = "iot.results";

    /// <summary>Messages that are in our hands at a time.</summary>
    [Range(1, 10_000)]
    public ushort Prefetch { get; set; } = 64;
}
