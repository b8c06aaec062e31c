using IotOrleans.Actions;
using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Http;
using IotOrleans.Journal;
using IotOrleans.Masks;
using IotOrleans.Postgres;
using IotOrleans.Postings;
using IotOrleans.Rules;
using IotOrleans.Speakers;
using IotOrleans.Subscribers;
using IotOrleans.Subscriptions;
using Microsoft.Extensions.Options;

namespace IotOrleans.Hosting;

/// <summary>Puts the house together: what runs in this process, what is real, and what stands in.</summary>
public sealed class House : IAsyncDisposable
{
    private readonly Database _database;
    private readonly Telephony? _telephony;
    private bool _isRunning;

    private House(Database database, Telephony? telephony) => (_database, _telephony) = (database, telephony);

    public WebApplication? App { get; private set; }

    /// <summary>Builds the house and opens its doors.</summary>
    /// <exception cref="HouseException">The configuration is wrong; the message says what to set.</exception>
    public static async Task<House> Start(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        var house = await Build(builder);
        try
        {
            var app = builder.Build();
            house.App = app;
            app.MapHouse();
            await FrontDoor.Open(app);
            await app.StartAsync();
            house._isRunning = true;
            Banner.Print(app, house._database, house._telephony);
            return house;
        }
        catch
        {
            await house.DisposeAsync();
            throw;
        }
    }

    private static async Task<House> Build(WebApplicationBuilder builder)
    {
        Settings.Read(builder);
        SampleSecrets.Refuse(builder);
        var options = builder.Configuration.Get<HouseOptions>() ?? new();
        var database = await Database.Find(builder, options);
        // What the database is asked first takes as long as putting the rooms together, and neither needs the other.
        var opening = Task.Run(() => Open(builder, options, database));
        Telephony? telephony = null;
        try
        {
            AddRooms(builder, options, database);
            if (options.Role != Role.Api)
                telephony = await Telephony.Add(builder);
            CrashPoint.Arm(builder);
            if (await opening is { } key)
                builder.Services.AddSingleton(key);
            return new(database, telephony);
        }
        catch
        {
            // The first trouble is told; nothing may still be asked of a database that is closed.
            await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await new House(database, telephony).DisposeAsync();
            throw;
        }
    }

    /// <returns>The key of the doors; null when this process has none.</returns>
    private static async Task<SigningKey?> Open(WebApplicationBuilder builder, HouseOptions options, Database database)
    {
        await database.Prepare(builder.Environment);
        return options.Role == Role.Silo ? null : await FrontDoor.Key(database);
    }

    private static void AddRooms(WebApplicationBuilder builder, HouseOptions options, Database database)
    {
        builder.Services.AddSingleton(TimeProvider.System);
        builder
            .Services.AddOptions<LogsOptions>()
            .Bind(builder.Configuration.GetSection("Logs"))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        builder.Services.AddHostedService<SlowQueries>();
        builder.Services.AddSingleton(database.Source);
        builder.Services.AddSingleton<IHealthPart>(database);
        AddReplica(builder, database);
        var numbers = builder.Configuration.GetSection("NumberPlan").Get<NumberPlanOptions>() ?? new();
        builder.Services.AddSingleton(new NumberPlan(numbers.DefaultCountry));
        builder.Services.AddSingleton<IDeviceSigns, PostgresDeviceSigns>();
        builder.Services.AddSingleton<IEventHistory, PostgresEventHistory>();
        builder.Services.AddRehearsals();
        AddMasks(builder);
        builder.Services.AddSingleton<ISwitchCdrs, PostgresSwitchCdrs>();
        builder.Services.AddTls(builder.Configuration);
        builder.Services.AddFeed(builder.Configuration);
        builder.Services.AddNoticeWays(builder.Configuration);
        GrainHosting.Add(builder, options, database);
        if (options.Role != Role.Api)
        {
            AddGrainPorts(builder.Services, builder.Configuration);
            builder.Services.AddDailyBackup(builder.Configuration, database.ConnectionString);
            builder.Services.AddRetention(builder.Configuration);
        }
        if (options.Role != Role.Silo)
            FrontDoor.Add(builder);
        else
            builder.Services.AddSingleton<Health.PrometheusText>();
        builder.Services.AddQueue(builder.Configuration, options.Role);
    }

    private static void AddReplica(WebApplicationBuilder builder, Database database)
    {
        var copy = Database.Copy(builder.Configuration);
        builder.Services.AddSingleton(all => new Replica(
            database.Source,
            copy,
            all.GetRequiredService<TimeProvider>(),
            all.GetRequiredService<ILogger<Replica>>()
        ));
        if (copy is not null)
            builder.Services.AddSingleton<IHealthPart>(all => all.GetRequiredService<Replica>());
    }

    private static void AddMasks(WebApplicationBuilder builder)
    {
        builder
            .Services.AddOptions<MaskOptions>()
            .Bind(builder.Configuration.GetSection("Masks"))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        builder.Services.AddSingleton(all => all.GetRequiredService<IOptions<MaskOptions>>().Value);
        builder.Services.AddSingleton<MaskMirror>();
        builder.Services.AddSingleton<IMaskLookup>(all => all.GetRequiredService<MaskMirror>());
        builder.Services.AddHostedService(all => all.GetRequiredService<MaskMirror>());
        builder.Services.AddSingleton<IMaskStore, PostgresMasks>();
        builder.Services.AddSingleton<IMaskImports, PostgresMaskImports>();
        builder.Services.AddHostedService<MaskKeeper>();
        builder.Services.AddSingleton<IMaskedCallLog, PostgresMaskedCalls>();
        builder.Services.AddHostedService<PostgresNumberPlan>();
        builder.Services.AddOptions<KamailioOptions>().Bind(builder.Configuration.GetSection("Kamailio"));
        builder.Services.AddHttpClient<IClickToDial, KamailioDial>(http => http.Timeout = KamailioDial.Patience);
    }

    public async ValueTask DisposeAsync()
    {
        if (App is not null)
        {
            // What never ran cannot be stopped, and would hide why it did not.
            if (_isRunning)
                await App.StopAsync();
            await App.DisposeAsync();
        }
        if (_telephony is not null)
            await _telephony.DisposeAsync();
        await _database.DisposeAsync();
    }

    /// <summary>Everything that grains need and do not know.</summary>
    private static void AddGrainPorts(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<GroupCommit>();
        services.AddSingleton<IJournal, PostgresJournal>();
        services.AddSingleton<RuleBook>();
        services.AddSingleton<IRuleBook>(all => all.GetRequiredService<RuleBook>());
        services.AddHostedService(all => all.GetRequiredService<RuleBook>());
        services.AddGrainParts();
        services.AddSingleton<IPostingBook, PostgresPostings>();
        services.AddHostedService<PostingSweeper>();
        services.AddHostedService<SilenceWatch>();
        services.AddSingleton<Sweeper>();
        services.AddHostedService(all => all.GetRequiredService<Sweeper>());
        services
            .AddOptions<MediaServerOptions>()
            .Bind(configuration.GetSection("MediaServer"))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services
            .AddOptions<WebhookOptions>()
            .Bind(configuration.GetSection("Webhooks"))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddDeviceSecrets(configuration);
        services.AddSpeakerWays(configuration);
        services.AddSmsCentre(configuration);
        services.AddAlerts(configuration);
        services.AddWebhooks();
        services.AddNotices(configuration);
        services.AddHostedService<SubscriptionPump>();
    }
}
