using IotOrleans.Cluster;
using IotOrleans.Http;
using IotOrleans.Incidents;
using IotOrleans.Postgres;
using Orleans.Storage;

namespace IotOrleans.Hosting;

/// <summary>
/// Grains on the embedded engine: this process is the whole house, and no other may serve the same rows.
/// </summary>
internal static class GrainHosting
{
    public const string Name = "embedded engine, one process";

    public static void Add(WebApplicationBuilder builder, HouseOptions options, Database database)
    {
        if (options.Role != Role.All)
        {
            throw new HouseException(
                "Role silo and role api need the Orleans build; this one is a house of one process."
            );
        }
        builder.Services.AddKeyedSingleton<IGrainStorage>(
            "Default",
            (_, _) => new PostgresGrainStorage(database.Source, options.ServiceId)
        );
        builder.Services.AddSingleton<IReminderTable>(_ => new PostgresReminderTable(
            database.Source,
            options.ServiceId
        ));
        builder.Services.AddSingleton<ICluster, OneSilo>();
        builder.Services.AddSingleton(all => new Patience(
            all.GetRequiredService<IGrainFactory>(),
            all.GetRequiredService<TimeProvider>(),
            longest: TimeSpan.Zero,
            all.GetRequiredService<ILogger<Patience>>()
        ));
        builder.Services.AddSingleton(database);
        builder.Services.AddHostedService<OnlyHouse>();
        builder.Services.AddGrainEngine(
            engine => builder.Configuration.GetSection("GrainEngine").Bind(engine),
            typeof(Incident).Assembly
        );
    }
}
