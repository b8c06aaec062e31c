using IotOrleans.Events;
using IotOrleans.Queues;

namespace IotOrleans.Hosting;

/// <summary>An operator's RabbitMQ, where there is one: front doors take events in, silos tell what happened.</summary>
internal static class QueueHosting
{
    public static void AddQueue(this IServiceCollection services, IConfiguration configuration, Role role)
    {
        var queue = configuration.GetSection("Queue").Get<QueueOptions>() ?? new();
        if (queue.Uri is not { } uri)
            return;
        if (uri.Scheme is not ("amqp" or "amqps"))
            throw new HouseException("Queue__Uri must begin with amqp:// or amqps://.");
        services
            .AddOptions<QueueOptions>()
            .Bind(configuration.GetSection("Queue"))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        if (role != Role.Silo && queue.EventsQueue.Length > 0)
        {
            services.AddSingleton<IQueuedEventIntake, QueuedEventIntake>();
            services.AddSingleton<IQueueWork, EventConsumer>();
        }
        if (role != Role.Api && queue.ResultsExchange.Length > 0)
            services.AddSingleton<IQueueWork, ResultPublisher>();
        services.AddSingleton<QueueLine>();
        services.AddSingleton<IHealthPart>(all => all.GetRequiredService<QueueLine>());
        services.AddHostedService(all => all.GetRequiredService<QueueLine>());
    }
}
