using IotOrleans.Tests;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;
using Yaml = System.Collections.Generic.Dictionary<object, object?>;

namespace IotOrleans.Deploy;

/// <summary>
/// The real mosquitto with the files of deploy/mosquitto, started by the command of docker-compose.yml as the user of
/// the image; only the folder and the port are ours.
/// </summary>
public sealed class Mosquitto : IAsyncLifetime
{
    public const string Password = "it's a 'word'";

    private const string Broker = "/usr/sbin/mosquitto";
    private const string Subscriber = "/usr/bin/mosquitto_sub";

    /// <summary>The user that the package makes, as the image does.</summary>
    private const string BrokerUser = "mosquitto";

    private static readonly Dictionary<string, string> Environment = new() { ["MQTT_PASSWORD"] = Password };

    private readonly DirectoryInfo _folder = Shipped.NewFolder();
    private readonly int _port = HouseProcess.FreePort();
    private readonly Yaml _service = Service();
    private Peer? _broker;

    /// <summary>Starts it, lets two devices in as an operator would, and starts it again.</summary>
    public async ValueTask InitializeAsync()
    {
        Peer.Need(Broker, "mosquitto");
        Peer.Need(Subscriber, "mosquitto-clients");
        var configuration = _folder.CreateSubdirectory("config").FullName;
        _folder.CreateSubdirectory("data");
        await File.WriteAllTextAsync(
            Path.Combine(configuration, "mosquitto.conf"),
            Here(Shipped.Text("mosquitto/mosquitto.conf")).With("listener 1883\n", $"listener {_port} 127.0.0.1\n")
        );
        File.Copy(Shipped.Path("mosquitto/acl"), Path.Combine(configuration, "acl"));
        await Shipped.Give(_folder, BrokerUser);
        await Up();
        await Down();
        foreach (var device in (string[])["lamp", "door"])
            await AsBroker([
                "mosquitto_passwd",
                "-b",
                Path.Combine(_folder.FullName, "data", "passwords"),
                device,
                Password,
            ]);
        await Up();
    }

    public UnixFileMode ModeOfPasswords => File.GetUnixFileMode(Path.Combine(_folder.FullName, "data", "passwords"));

    /// <summary>Whether it is well, by the words of docker-compose.yml.</summary>
    internal async Task<bool> IsHealthy()
    {
        var test = (List<object>)((Yaml)_service["healthcheck"]!)["test"]!;
        Assert.Equal("CMD-SHELL", test[0]);
        var asked = Unescaped(test[1]).With("mosquitto_sub ", $"mosquitto_sub -p {_port} ");
        return (await Peer.Run("sh", ["-c", asked], Environment)).Exit == 0;
    }

    /// <summary>Somebody who listens until it is ended; returns when the broker has taken all of it.</summary>
    internal async Task<Peer> Listens(string user, params string[] topics)
    {
        var wanted = topics.SelectMany(topic => (string[])["-t", topic]);
        // Into a pipe it would say that it listens when it has more to say.
        var listener = Peer.Start("stdbuf", ["-oL", Subscriber, .. Login(user), "-v", "-d", .. wanted]);
        await listener.Until(() => Task.FromResult(listener.Said.Contains("Subscribed (", StringComparison.Ordinal)));
        return listener;
    }

    internal Task<(int Exit, string Said)> Says(string user, string topic, string text) =>
        Peer.Run("mosquitto_pub", [.. Login(user), "-q", "1", "-t", topic, "-m", text]);

    /// <summary>Tries to come in and to publish, with a login or without.</summary>
    internal Task<(int Exit, string Said)> Tries(params string[] login) =>
        Peer.Run(
            "mosquitto_pub",
            ["-h", "127.0.0.1", "-p", $"{_port}", .. login, "-t", "devices/lamp/state", "-m", "on"]
        );

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
            await Down();
        _folder.Delete(recursive: true);
    }

    private async Task Up()
    {
        var command = (List<object>)_service["command"]!;
        Assert.Equal(["sh", "-c"], command[..2]);
        Assert.Equal("1883", _service["user"]);
        var started = Peer.As(BrokerUser, "sh", "-c", Here(Unescaped(command[2])));
        _broker = Peer.Start(started[0], started[1..], Environment);
        await _broker.UntilItListens(_port);
    }

    private async Task Down()
    {
        Assert.Equal(0, await _broker!.End());
        await _broker.DisposeAsync();
    }

    private string[] Login(string user) => ["-h", "127.0.0.1", "-p", $"{_port}", "-u", user, "-P", Password];

    private string Here(string shipped) => shipped.With("/mosquitto/", _folder.FullName + "/");

    private static async Task AsBroker(string[] command)
    {
        var all = Peer.As(BrokerUser, command);
        var (exit, said) = await Peer.Run(all[0], all[1..]);
        Assert.True(exit == 0, said);
    }

    /// <summary>In a compose file two dollars are one.</summary>
    private static string Unescaped(object text) => ((string)text).With("$$", "$");

    private static Yaml Service()
    {
        var parser = new MergingParser(new Parser(new StringReader(Shipped.Text("docker-compose.yml"))));
        parser.Consume<StreamStart>();
        var compose = new DeserializerBuilder().Build().Deserialize<Yaml>(parser);
        return (Yaml)((Yaml)compose["services"]!)["mosquitto"]!;
    }
}
