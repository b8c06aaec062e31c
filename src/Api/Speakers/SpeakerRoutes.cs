using IotOrleans.Http;
using IotOrleans.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace IotOrleans.Speakers;

/// <summary>The door for speakers: the hub, and the page that is a speaker.</summary>
public static class SpeakerRoutes
{
    public const string Hub = "/hubs/speaker";

    private const int MessageMax = 16 * 1024;
    private const int BufferMax = 32 * 1024;

    public static IServiceCollection AddSpeakers(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton<FrontEnd>();
        services.AddSingleton<SpeakerDoor>();
        services.AddHostedService<Vouching>();
        services
            .AddAuthorizationBuilder()
            .AddPolicy(
                SpeakerHub.Policy,
                policy => policy.RequireAssertion(context => SpeakerIdentity.DeviceOf(context.User) is not null)
            );
        services
            .AddSignalR()
            .AddJsonProtocol(json => ContractJson.Apply(json.PayloadSerializerOptions))
            .AddHubOptions<SpeakerHub>(hub =>
            {
                hub.MaximumReceiveMessageSize = MessageMax;
                // What a speaker says is heard in its order: an answer, and then the hang-up after it.
                hub.MaximumParallelInvocationsPerClient = 1;
                hub.EnableDetailedErrors = false;
                hub.AddFilter<SpeakerDoor>();
            });
        return services;
    }

    public static void MapSpeakers(this IEndpointRouteBuilder routes)
    {
        var door = new HttpConnectionDispatcherOptions
        {
            // The others keep a request open or come back for more; every client knows this one.
            Transports = HttpTransportType.WebSockets,
            ApplicationMaxBufferSize = BufferMax,
            TransportMaxBufferSize = BufferMax,
            TransportSendTimeout = TimeSpan.FromSeconds(10),
        };
        door.WebSockets.CloseTimeout = TimeSpan.FromSeconds(2);
        // Not MapHub, which compiles at once what calls the hub's methods: the first speaker is soon enough for that.
        var all = routes.ServiceProvider;
        routes
            .MapConnections(Hub, door, line => line.Run(speaker => Hear(all, speaker)))
            .WithMetadata([
                .. typeof(SpeakerHub).GetCustomAttributes(inherit: true),
                new HubMetadata(typeof(SpeakerHub)),
            ]);
        StaticPage.Map(
            routes,
            "speaker",
            "speaker.css",
            "speaker.js",
            "line.js",
            "tone.js",
            "icon.svg",
            "signalr.min.js",
            "signalr.LICENSE.txt"
        );
    }

    private static Task Hear(IServiceProvider all, ConnectionContext speaker) =>
        all.GetRequiredService<HubConnectionHandler<SpeakerHub>>().OnConnectedAsync(speaker);
}
