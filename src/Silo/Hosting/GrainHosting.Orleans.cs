using System.Net;
using System.Net.NetworkInformation;
using IotOrleans.Cluster;
using IotOrleans.Http;
using IotOrleans.Speakers;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Serialization;

namespace IotOrleans.Hosting;

/// <summary>
/// Grains on Microsoft Orleans: silos that share the work through PostgreSQL, and front-ends that are their clients.
/// </summary>
internal static class GrainHosting
{
    private const string Invariant = "Npgsql";

    public const string Name = "Microsoft Orleans cluster on PostgreSQL";

    public static void Add(WebApplicationBuilder builder, HouseOptions options, Database database)
    {
        var cluster = builder.Configuration.GetSection("Cluster").Get<ClusterSettings>() ?? new();
        builder.Services.AddSingleton<ICluster, Silos>();
        builder.Services.AddSingleton(all => new Patience(
            all.GetRequiredService<IGrainFactory>(),
            all.GetRequiredService<TimeProvider>(),
            cluster.Patience,
            all.GetRequiredService<ILogger<Patience>>()
        ));
        builder.Services.Configure<ExceptionSerializationOptions>(Know);
        if (options.Role == Role.Api)
            builder.Host.UseOrleansClient((_, client) => AddClient(client, options, cluster, database));
        else
            builder.Host.UseOrleans((_, silo) => AddSilo(silo, options, cluster, database));
    }

    /// <summary>
    /// What the database or a line said is the reason in many an answer of a silo: it has to arrive as what it is. One
    /// whose cause the serializer does not know arrives as something that nobody expects.
    /// </summary>
    internal static void Know(ExceptionSerializationOptions known)
    {
        known.SupportedNamespacePrefixes.Add(Invariant);
        known.SupportedNamespacePrefixes.Add(nameof(IotOrleans));
    }

    private static void AddSilo(ISiloBuilder silo, HouseOptions options, ClusterSettings cluster, Database database)
    {
        silo.Configure<ClusterOptions>(names =>
            (names.ClusterId, names.ServiceId) = (cluster.ClusterId, options.ServiceId)
        );
        silo.Configure<SiloOptions>(name => name.SiloName = SiloNames.Make(cluster.Name, cluster.SiloPort));
        silo.Configure<EndpointOptions>(endpoints => Place(endpoints, cluster));
        silo.UseAdoNetClustering(table =>
            (table.Invariant, table.ConnectionString) = (Invariant, database.ConnectionString)
        );
        silo.AddAdoNetGrainStorage(
            "Default",
            storage => (storage.Invariant, storage.ConnectionString) = (Invariant, database.ConnectionString)
        );
        silo.UseAdoNetReminderService(
            (OptionsBuilder<AdoNetReminderTableOptions> table) =>
                table.Configure(reminders =>
                    (reminders.Invariant, reminders.ConnectionString) = (Invariant, database.ConnectionString)
                )
        );
        silo.Services.AddKeyedSingleton<Orleans.Storage.IGrainStorageSerializer>(
            "Default",
            (_, _) => new GrainStateSerializer()
        );
        silo.Services.AddSingleton<Orleans.Storage.IGrainStorageSerializer, GrainStateSerializer>();
        silo.Services.AddHostedService<SiloWatch>();
        silo.Configure<ClusterMembershipOptions>(membership => Quick(membership, cluster));
        silo.Configure<SiloMessagingOptions>(messages => messages.ResponseTimeout = cluster.ResponseTimeout);
        silo.Configure<GrainCollectionOptions>(collection => collection.CollectionAge = TimeSpan.FromMinutes(15));
    }

    private static void AddClient(
        IClientBuilder client,
        HouseOptions options,
        ClusterSettings cluster,
        Database database
    )
    {
        client.Configure<ClusterOptions>(names =>
            (names.ClusterId, names.ServiceId) = (cluster.ClusterId, options.ServiceId)
        );
        client.UseAdoNetClustering(table =>
            (table.Invariant, table.ConnectionString) = (Invariant, database.ConnectionString)
        );
        client.AddGatewayCountChangedHandler(all =>
            (_, change) =>
            {
                if (change.NumberOfConnectedGateways >= change.PreviousNumberOfConnectedGateways)
                    return;
                all.GetRequiredService<Patience>().SiloLost(cluster.DeathKnown);
                all.GetRequiredService<FrontEnd>().Hurry();
            }
        );
        // How soon it is known that a silo was declared dead; one that stands still keeps its connections open.
        client.Configure<GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = cluster.ProbeTimeout / 2);
        client.Configure<ClientMessagingOptions>(messages => messages.ResponseTimeout = cluster.ResponseTimeout);
        // A front-end may start before the first silo.
        client.UseConnectionRetryFilter(
            async (_, stopping) =>
            {
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, stopping);
                return true;
            }
        );
    }

    /// <summary>
    /// A dead silo is found in two seconds at most. The price is two probes a second, and that a silo which
    /// stands still
    /// for one and a half is taken for dead.
    /// </summary>
    private static void Quick(ClusterMembershipOptions membership, ClusterSettings cluster)
    {
        membership.ProbeTimeout = cluster.ProbeTimeout;
        // The bounds as well: who said anything within the longest probes is spared, and that would be 8 s.
        (membership.MinProbeTimeout, membership.MaxProbeTimeout) = (membership.ProbeTimeout, membership.ProbeTimeout);
        membership.NumMissedProbesLimit = cluster.ProbesMissedMax;
        membership.NumVotesForDeathDeclaration = 1;
        // Of two silos, the one that hears nothing from the other would doubt itself and wait many times as long.
        membership.ExtendProbeTimeoutDuringDegradation = false;
        // Who stood still learns from the table whether it is dead to the others.
        membership.TableRefreshTimeout = TimeSpan.FromSeconds(2);
        membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        membership.DefunctSiloExpiration = TimeSpan.FromHours(1);
    }

    private static void Place(EndpointOptions endpoints, ClusterSettings cluster)
    {
        (endpoints.AdvertisedIPAddress, endpoints.SiloPort, endpoints.GatewayPort) = (
            Address(cluster),
            cluster.SiloPort,
            cluster.GatewayPort
        );
        var listen = cluster.IsReached ? IPAddress.Any : IPAddress.Loopback;
        endpoints.SiloListeningEndpoint = new(listen, cluster.SiloListenPort ?? cluster.SiloPort);
        endpoints.GatewayListeningEndpoint = new(listen, cluster.GatewayListenPort ?? cluster.GatewayPort);
    }

    private static IPAddress Address(ClusterSettings cluster) =>
        cluster switch
        {
            { Network: { } network } => AddressIn(network),
            { Address: { } text } => IPAddress.TryParse(text, out var address)
                ? address
                : Dns.GetHostAddresses(text)[0],
            _ => IPAddress.Loopback,
        };

    private static IPAddress AddressIn(string text)
    {
        if (!IPNetwork.TryParse(text, out var network))
            throw new HouseException($"Cluster__Network '{text}' is not a network such as 172.30.20.0/24.");
        return NetworkInterface
                .GetAllNetworkInterfaces()
                .SelectMany(card => card.GetIPProperties().UnicastAddresses)
                .Select(unicast => unicast.Address)
                .FirstOrDefault(network.Contains)
            ?? throw new HouseException($"This machine has no address in Cluster__Network {text}.");
    }
}
