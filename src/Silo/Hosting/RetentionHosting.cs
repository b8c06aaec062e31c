using IotOrleans.Retention;

namespace IotOrleans.Hosting;

/// <summary>What is old goes; a part of the house, so that it is told when it has not worked for a day.</summary>
internal static class RetentionHosting
{
    public static void AddRetention(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddOptions<RetentionOptions>()
            .Bind(configuration.GetSection("Retention"))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<RetentionFigures>();
        services.AddSingleton<RetentionKeeper>();
        services.AddSingleton<IHealthPart>(all => all.GetRequiredService<RetentionKeeper>());
        services.AddHostedService(all => all.GetRequiredService<RetentionKeeper>());
    }
}
