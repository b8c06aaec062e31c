using IotOrleans.Access;
using IotOrleans.Browser;
using IotOrleans.Calls;
using IotOrleans.Cluster;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Feed;
using IotOrleans.Health;
using IotOrleans.Hooks;
using IotOrleans.Http;
using IotOrleans.Incidents;
using IotOrleans.Json;
using IotOrleans.Masks;
using IotOrleans.Postings;
using IotOrleans.Rules;
using IotOrleans.Subscribers;
using IotOrleans.Subscriptions;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IotOrleans;

/// <summary>The front door: what the host adds, and what it maps.</summary>
public static class ApiServices
{
    public static IServiceCollection AddApi(this IServiceCollection services, IConfiguration configuration)
    {
        services.ConfigureHttpJsonOptions(json => ContractJson.Apply(json.SerializerOptions));
        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = Problems.NameTrace);
        // Not AddAuthentication, which brings data protection: we seal nothing in cookies, and its keys would be read,
        // or made, at each start.
        services.AddAuthenticationCore(authentication => authentication.DefaultScheme = AccessHandler.SchemeName);
        services.AddWebEncoders();
        new AuthenticationBuilder(services).AddScheme<AuthenticationSchemeOptions, AccessHandler>(
            AccessHandler.SchemeName,
            null
        );
        services.AddAuthorization(Policies.Add);
        services.AddSingleton<KeyRing>();
        services.AddSingleton<Tokens>();
        services.AddSingleton<UserStamps>();
        services.AddSingleton<Auditor>();
        services.AddSingleton<Body>();
        services.AddSingleton<Cursors>();
        services.AddSingleton<RateLimits>();
        services.AddSingleton<LookupGuard>();
        services.AddSingleton<Admission>();
        services.AddSingleton<EventGate>();
        services.AddSingleton<HookAccess>();
        services.AddSingleton<HookReader>();
        services.AddSingleton<HookDesk>();
        services.AddSingleton<HookLiving>();
        services.AddSingleton<SignsOfLife>();
        services.AddHostedService(all => all.GetRequiredService<SignsOfLife>());
        services.AddSingleton<HookFigures>();
        services.AddSingleton<PrometheusText>();
        services.AddHostedService<ClusterFigures>();
        services.AddHostedService<MaskedCallFigures>();
        services
            .AddOptions<RateLimitOptions>()
            .Bind(configuration.GetSection("RateLimits"))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services
            .AddOptions<RoutingOptions>()
            .Bind(configuration.GetSection("Routing"))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services
            .AddOptions<BrowserOptions>()
            .Bind(configuration.GetSection("Browser"))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddContractDocument();
        return services;
    }

    public static void MapApi(this WebApplication app)
    {
        // Begins to listen to the meters now, not at the first question.
        app.Services.GetRequiredService<PrometheusText>();
        if (app.Services.GetRequiredService<IOptions<LogsOptions>>().Value.Access)
            app.UseMiddleware<AccessLog>();
        app.UseMiddleware<Troubles>();
        app.UseMiddleware<Courtesy>();
        app.Services.GetRequiredService<AddressGate>().Use(app);
        // What goes the short way says by itself why it was refused.
        app.UseMiddleware<ShortWay>();
        app.UseStatusCodePages();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapHealth();
        app.MapMetrics();
        app.MapContractDocument();
        var api = app.MapGroup("/api/v1");
        api.MapTokens();
        api.MapUsers();
        api.MapApiKeys();
        api.MapCustomers();
        api.MapAudit();
        api.MapDevices();
        api.MapSubscribers();
        api.MapSilences();
        api.MapRules();
        api.MapRehearsals();
        api.MapEvents();
        api.MapHooks();
        api.MapHubs();
        api.MapIncidents();
        api.MapCalls();
        api.MapJoins();
        api.MapBrowsers();
        app.MapBrowserPage();
        api.MapCdrs();
        api.MapSwitchCdrs();
        api.MapExports();
        api.MapSubscriptions();
        api.MapRouting();
        api.MapSms();
        api.MapDeadLetters();
        api.MapMasks();
        api.MapMaskedCallLog();
        api.MapMaskLookups("/masks/lookup");
        app.MapMaskLookups("/lookup");
        StaticPage.Map(app, "masks", "masks.css", "masks.js", "import.js", "client.js", "icon.svg");
        api.MapEmergencyNumbers();
        api.MapCluster();
    }
}
