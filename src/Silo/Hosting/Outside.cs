using IotOrleans.Access;
using IotOrleans.Tls;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace IotOrleans.Hosting;

/// <summary>What the front door and the grains both need of the world of other makers.</summary>
internal static class Outside
{
    /// <summary>For the front door, which checks signatures, and for grains, whose messages are signed.</summary>
    public static void AddDeviceSecrets(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton<IDeviceSecrets, PostgresDeviceSecrets>();
        services
            .AddOptions<SealingOptions>()
            .Bind(configuration.GetSection("Sealing"))
            .ValidateDataAnnotations()
            .ValidateOnStart();
    }

    /// <summary>Whom we connect to over TLS, and by whose word we believe it: every client of HTTP.</summary>
    public static void AddTls(this IServiceCollection services, IConfiguration configuration)
    {
        services.Configure<TlsOptions>(configuration.GetSection("Tls"));
        services.AddSingleton<TrustedCertificates>();
        services.ConfigureHttpClientDefaults(clients =>
            clients.UseSocketsHttpHandler(
                (handler, all) => handler.SslOptions = all.GetRequiredService<TrustedCertificates>().ForHttp()
            )
        );
    }
}
