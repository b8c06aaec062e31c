using IotOrleans.Access;
using IotOrleans.Actions;
using IotOrleans.Tls;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IotOrleans.Speakers;

/// <summary>Which makers are configured. A device's own address is the last way to it.</summary>
public static class SpeakerWays
{
    private const string Client = "outside";

    public static IServiceCollection AddSpeakerWays(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddOptions<OutsideOptions>()
            .Bind(configuration.GetSection("Outside"))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.Configure<AlexaOptions>(configuration.GetSection("Alexa"));
        services.Configure<GoogleHomeOptions>(configuration.GetSection("GoogleHome"));
        services.Configure<HomeAssistantOptions>(configuration.GetSection("HomeAssistant"));
        // A device that sends us elsewhere is not followed: what is posted is signed for it alone.
        services
            .AddHttpClient(Client)
            .ConfigurePrimaryHttpMessageHandler(all => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                MaxConnectionsPerServer = 64,
                SslOptions = all.GetRequiredService<TrustedCertificates>().ForHttp(),
            });
        if (configuration.GetSection("Alexa").Get<AlexaOptions>() is { ClientId: not null } alexa)
            services.AddVendor("alexa", alexa.ApiUrl, Alexa);
        if (
            configuration.GetSection("GoogleHome").Get<GoogleHomeOptions>() is
            { ClientEmail: not null, PrivateKeyFile: not null } google
        )
            services.AddVendor("google", google.ApiUrl, Google);
        if (configuration.GetSection("HomeAssistant").Get<HomeAssistantOptions>() is { Url: { } home })
            services.AddVendor("homeassistant", home, Home);
        else
            services.AddSingleton<IVendorSpeakers>(all =>
                Home(all, Line(all, "homeassistant", new("http://each.home")))
            );
        return services.AddSingleton<IVendorSpeakers>(all => new DeviceEndpoint(
            Http(all),
            all.GetRequiredService<IDeviceSecrets>(),
            all.GetRequiredService<IOptions<WebhookOptions>>(),
            all.GetRequiredService<TimeProvider>()
        ));
    }

    private static void AddVendor(
        this IServiceCollection services,
        string name,
        Uri address,
        Func<IServiceProvider, VendorLine, IVendorSpeakers> make
    )
    {
        services.AddKeyedSingleton(name, (all, _) => Line(all, name, address));
        services.AddSingleton<IHealthPart>(all => all.GetRequiredKeyedService<VendorLine>(name));
        services.AddSingleton(all => make(all, all.GetRequiredKeyedService<VendorLine>(name)));
    }

    private static VendorLine Line(IServiceProvider all, string name, Uri address) =>
        new(name, address, Http(all), all.GetRequiredService<TimeProvider>());

    private static PatientHttp Http(IServiceProvider all) =>
        new(
            all.GetRequiredService<IHttpClientFactory>().CreateClient(Client),
            all.GetRequiredService<IOptions<OutsideOptions>>().Value,
            all.GetRequiredService<TimeProvider>()
        );

    private static AmazonAlexa Alexa(IServiceProvider all, VendorLine line) =>
        new(
            line,
            all.GetRequiredService<IDeviceSecrets>(),
            all.GetRequiredService<IOptions<AlexaOptions>>(),
            all.GetRequiredService<TimeProvider>()
        );

    private static GoogleHome Google(IServiceProvider all, VendorLine line) =>
        new(line, all.GetRequiredService<IOptions<GoogleHomeOptions>>(), all.GetRequiredService<TimeProvider>());

    private static HomeAssistant Home(IServiceProvider all, VendorLine line) =>
        new(
            line,
            all.GetRequiredService<IDeviceSecrets>(),
            all.GetRequiredService<IOptions<HomeAssistantOptions>>(),
            all.GetRequiredService<TimeProvider>()
        );
}
