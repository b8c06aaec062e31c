using IotOrleans.Actions;
using IotOrleans.Feed;
using IotOrleans.Postgres;
using IotOrleans.Subscriptions;
using IotOrleans.Tls;

namespace IotOrleans.Hosting;

/// <summary>What has happened, for those who read on, and for those who want to be told.</summary>
internal static class FeedHosting
{
    /// <summary>For the front door, which exports, and for silos, which tell.</summary>
    public static void AddFeed(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IFeed, PostgresFeed>();
        services.AddSingleton<IShift, PostgresShift>();
        services.AddSingleton<ISubscriptionStore, PostgresSubscriptions>();
        services
            .AddOptions<SubscriptionOptions>()
            .Bind(configuration.GetSection("Subscriptions"))
            .ValidateDataAnnotations()
            .ValidateOnStart();
    }

    public static void AddWebhooks(this IServiceCollection services)
    {
        // Where an address sends us on to is for its owner to say in the address.
        services.AddHttpClient(SignedWebhooks.Ours).ConfigurePrimaryHttpMessageHandler(all => Handler(all));
        services
            .AddHttpClient(SignedWebhooks.Partners)
            .ConfigurePrimaryHttpMessageHandler(all =>
            {
                var handler = Handler(all);
                (handler.UseProxy, handler.ConnectCallback) = (false, PublicAddress.Connect);
                return handler;
            });
        services.AddSingleton<IWebhookSender, SignedWebhooks>();
    }

    private static SocketsHttpHandler Handler(IServiceProvider all) =>
        new() { AllowAutoRedirect = false, SslOptions = all.GetRequiredService<TrustedCertificates>().ForHttp() };
}
