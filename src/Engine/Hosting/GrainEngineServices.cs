using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using Orleans.Runtime.Reminders;

namespace Orleans.Hosting;

public static class GrainEngineServices
{
    /// <summary>
    /// Runs the grain classes of these assemblies in this process. Grain storage is a keyed <c>IGrainStorage</c> called
    /// "Default"; reminders need an <see cref="IReminderTable"/>.
    /// </summary>
    public static IServiceCollection AddGrainEngine(
        this IServiceCollection services,
        Action<GrainEngineOptions>? configure,
        params Assembly[] grains
    )
    {
        services.AddMetrics();
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<GrainEngineOptions>().Configure(configure ?? (_ => { })).ValidateDataAnnotations();
        services.AddSingleton(all => all.GetRequiredService<IOptions<GrainEngineOptions>>().Value);
        services.AddSingleton(new GrainClasses(grains));
        services.AddSingleton<EngineFigures>();
        services.AddSingleton<IEngineFigures>(all => all.GetRequiredService<EngineFigures>());
        services.AddSingleton<GrainEngine>();
        services.AddSingleton<IClusterClient>(all => all.GetRequiredService<GrainEngine>().Factory);
        services.AddSingleton<IGrainFactory>(all => all.GetRequiredService<GrainEngine>().Factory);
        services.AddSingleton<ReminderClock>();
        services.AddHostedService<EngineLife>();
        return services;
    }

    private sealed class EngineLife(GrainEngine engine, IServiceProvider all) : IHostedService
    {
        public async Task StartAsync(CancellationToken cancellationToken)
        {
            if (all.GetService<IReminderTable>() is not null)
                await all.GetRequiredService<ReminderClock>().Start(cancellationToken);
        }

        public async Task StopAsync(CancellationToken cancellationToken)
        {
            if (all.GetService<IReminderTable>() is not null)
                all.GetRequiredService<ReminderClock>().Stop();
            await engine.Stop(cancellationToken);
        }
    }
}
