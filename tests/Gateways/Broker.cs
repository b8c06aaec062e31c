using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace IotOrleans.Tests.Gateways;

/// <summary>
/// The real RabbitMQ, for these tests alone: its own node name, its own port mapper, its own folder, on the loopback.
/// </summary>
internal sealed class Broker : IAsyncDisposable
{
    private const string Server = "/usr/lib/rabbitmq/bin/rabbitmq-server";
    private const string Mapper = "/usr/bin/epmd";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("iotorleans-broker-");
    private readonly int _mapper = Peer.FreePort();
    private readonly int _nodes = Peer.FreePort();
    private readonly int _port = Peer.FreePort();
    private Peer? _ports;
    private Peer? _server;

    public Uri Uri => new($"amqp://guest:guest@127.0.0.1:{_port}/");

    public static void Need() => Peer.Need(Server, "rabbitmq-server");

    public async Task Start()
    {
        await File.WriteAllTextAsync(In("plugins"), "[].\n");
        await File.WriteAllTextAsync(
            In("rabbitmq.conf"),
            "vm_memory_high_watermark.absolute = 512MB\ndisk_free_limit.absolute = 50MB\n"
                + "raft.wal_max_size_bytes = 4194304\n"
        );
        _ports = Peer.Start(Mapper, ["-port", $"{_mapper}", "-address", "127.0.0.1"]);
        await _ports.UntilItListens(_mapper);
        await Up();
    }

    public async Task Up()
    {
        _server = Peer.Start(Server, [], Environment());
        await _server.Until(Answers);
    }

    /// <summary>As when the machine fails: without a word.</summary>
    public async Task Down()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _server = null;
    }

    public async ValueTask DisposeAsync()
    {
        await Down();
        if (_ports is not null)
            await _ports.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>Ready is who lets in: it listens some time before.</summary>
    private async Task<bool> Answers()
    {
        var factory = new ConnectionFactory { Uri = Uri, AutomaticRecoveryEnabled = false };
        try
        {
            await using var connection = await factory.CreateConnectionAsync();
            return true;
        }
        catch (Exception notYet) when (notYet is BrokerUnreachableException or OperationInterruptedException)
        {
            return false;
        }
    }

    private Dictionary<string, string> Environment() =>
        new()
        {
            ["HOME"] = _folder.FullName,
            ["ERL_EPMD_PORT"] = $"{_mapper}",
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            ["RABBITMQ_NODENAME"] = $"iot{_port}@localhost",
            ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
            ["RABBITMQ_NODE_PORT"] = $"{_port}",
            ["RABBITMQ_DIST_PORT"] = $"{_nodes}",
            ["RABBITMQ_MNESIA_BASE"] = In("data"),
            ["RABBITMQ_LOG_BASE"] = In("log"),
            ["RABBITMQ_PID_FILE"] = In("pid"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = In("plugins"),
            ["RABBITMQ_CONFIG_FILE"] = In("rabbitmq"),
            ["RABBITMQ_CONF_ENV_FILE"] = In("none"),
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none",
        };

    private string In(string name) => Path.Combine(_folder.FullName, name);
}
