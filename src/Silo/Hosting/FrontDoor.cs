using IotOrleans.Access;
using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Hooks;
using IotOrleans.Http;
using IotOrleans.Incidents;
using IotOrleans.Postings;
using IotOrleans.Speakers;

namespace IotOrleans.Hosting;

/// <summary>The HTTP side of the house and what it reads.</summary>
internal static class FrontDoor
{
    private const string SigningKeyName = "signing-key";
    private const int ConnectionsMax = 20_000;

    public static void Add(WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<PostgresAccess>();
        services.AddSingleton<IAccessStore>(all => all.GetRequiredService<PostgresAccess>());
        services.AddSingleton<ICustomerStore, PostgresCustomers>();
        services.AddSingleton<ISecretStore>(all => all.GetRequiredService<PostgresAccess>());
        services.AddSingleton<IEventLogs, PostgresEventLogs>();
        services.AddSingleton<IIncidentLists, PostgresIncidentLists>();
        services.AddSingleton<ICallLists, PostgresCallLists>();
        services.AddSingleton<IPostingLists, PostgresPostings>();
        services.AddSingleton<IDeviceLists, PostgresDeviceLists>();
        services.AddDeviceSecrets(builder.Configuration);
        services.AddSingleton<IHubStore, PostgresHubs>();
        services.AddSingleton<KeyChanges>();
        services.AddHostedService<KeyWatch>();
        // A process that has the simulator itself says so after this.
        services.AddSingleton<IIncomingCallSimulator, CallersElsewhere>();
        services.AddSingleton(Gates.Read(builder.Configuration));
        services.AddApi(builder.Configuration);
        services.AddSpeakers();
        // Nothing that answers a request blocks: it may go on where its bytes were read, and be sent from where it
        // ends.
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = ConnectionsMax;
            kestrel.Limits.MaxRequestBodySize = EventEndpoints.BatchBodyMax;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        });
    }

    /// <summary>What tokens and cursors are signed with: the same for every door of the house.</summary>
    public static async Task<SigningKey> Key(Database database) =>
        new(await new PostgresAccess(database.Source).Secret(SigningKeyName, SigningKey.Make));

    public static async Task Open(WebApplication app)
    {
        if (app.Services.GetService<IAccessStore>() is not { } store)
            return;
        var shown = await FirstAdministrator.Ensure(store, app.Configuration["IOT_ADMIN_PASSWORD"]);
        if (shown is null)
            return;
        Console.WriteLine();
        Console.WriteLine($"  The first administrator is '{FirstAdministrator.Name}' with the password: {shown}");
        Console.WriteLine("  It is shown this once.");
    }
}
