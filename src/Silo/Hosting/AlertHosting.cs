using IotOrleans.Actions;
using IotOrleans.Alerts;
using IotOrleans.Subscribers;
using Microsoft.Extensions.Options;

namespace IotOrleans.Hosting;

/// <summary>The SMS gateway, and who hears when a part of the house is away.</summary>
internal static class AlertHosting
{
    public static void AddSmsCentre(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<KannelOptions>().Bind(configuration.GetSection("Sms"));
        services.AddHttpClient<IMessageCentre, KannelMessageCentre>();
        if (configuration["Sms:Url"] is { Length: > 0 })
            services.AddSingleton<IHealthPart, KannelHealth>();
    }

    /// <summary>A part of the house, so that one that fails is told as any other that is away.</summary>
    public static void AddDailyBackup(this IServiceCollection services, IConfiguration configuration, string database)
    {
        services
            .AddOptions<BackupOptions>()
            .Bind(configuration.GetSection("Backup"))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        if (configuration["Backup:Folder"] is not { Length: > 0 })
            return;
        services.AddSingleton(all => new DailyBackup(
            database,
            all.GetRequiredService<IOptions<BackupOptions>>().Value,
            all.GetRequiredService<TimeProvider>(),
            all.GetRequiredService<ILogger<DailyBackup>>()
        ));
        services.AddSingleton<IHealthPart>(all => all.GetRequiredService<DailyBackup>());
        services.AddHostedService(all => all.GetRequiredService<DailyBackup>());
    }

    public static void AddAlerts(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddOptions<AlertOptions>()
            .Bind(configuration.GetSection("Alerts"))
            .ValidateDataAnnotations()
            .Validate(
                alerts => alerts.Sms is null || Msisdn.TryParse(alerts.Sms, null, out _),
                "Alerts__Sms is a number with its country, such as +79161234567."
            )
            .ValidateOnStart();
        services.AddSingleton<IOutageBook, PostgresOutages>();
        services.AddSingleton<AlertDesk>();
        services.AddHostedService<AlertWatch>();
    }
}
