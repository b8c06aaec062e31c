using IotOrleans.Postgres;
using Npgsql;

namespace IotOrleans.Tests;

/// <summary>
/// A PostgreSQL as docker-compose.yml starts it: with deploy/postgres/postgresql.conf for its configuration, and with
/// deploy/postgres/10-roles.sh run once by the superuser. Only the place and the port are ours.
/// </summary>
public sealed class DeployedPostgres : IAsyncLifetime
{
    internal const string ServerUser = "postgres";

    // What people choose: the script must take it as it is.
    private const string Mark = "'s \"word\" $1 \\";

    private readonly DirectoryInfo _folder = Shipped.NewFolder();
    private readonly PostgresBinaries _binaries = PostgresBinaries.Find();
    private readonly int _port = HouseProcess.FreePort();
    private Peer _server = null!;

    internal string Said => _server.Said;

    /// <summary>The role that owns the database, and whose connection the house has.</summary>
    public string Owner => To("iotorleans");

    public string Reader => To("iotorleans_reader");

    public string Lookup => To("iotorleans_lookup");

    /// <summary>By the socket of the machine, as the image's own scripts come.</summary>
    public string Superuser =>
        new NpgsqlConnectionStringBuilder
        {
            Host = _folder.FullName,
            Port = _port,
            Username = "postgres",
            Database = "postgres",
            Pooling = false,
        }.ConnectionString;

    public async ValueTask InitializeAsync()
    {
        var data = Path.Combine(_folder.FullName, "data");
        var configuration = Path.Combine(_folder.FullName, "postgresql.conf");
        File.Copy(Shipped.Path("postgres/postgresql.conf"), configuration);
        await Shipped.Give(_folder, ServerUser);
        await Run([_binaries.InitDb, "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync", .. Login]);
        string[] ours = ["-c", $"port={_port}", "-c", "listen_addresses=127.0.0.1", "-k", _folder.FullName];
        var command = Peer.As(
            ServerUser,
            [_binaries.Server, "-D", data, "-c", $"config_file={configuration}", .. ours]
        );
        _server = Peer.Start(command[0], command[1..]);
        await _server.Until(Answers);
        var (exit, said) = await Peer.Run(Shipped.Path("postgres/10-roles.sh"), [], Environment());
        Assert.True(exit == 0, said);
    }

    /// <summary>A standby that follows this one, as an operator makes it.</summary>
    public async Task<Standby> Follow()
    {
        var data = Path.Combine(_folder.FullName, "standby");
        string[] from = ["-h", _folder.FullName, "-p", $"{_port}", "-U", "postgres"];
        await Run([Path.Combine(_binaries.Folder, "pg_basebackup"), "-D", data, .. from, "-R", "-c", "fast", "-N"]);
        var standby = new Standby(_binaries.Server, data, Path.Combine(_folder.FullName, "postgresql.conf"));
        await standby.Start();
        return standby;
    }

    /// <summary>A connection string to the database of the house.</summary>
    public string To(string role, string? password = null) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = _port,
            Username = role,
            Password = password ?? role + Mark,
            Database = "iotorleans",
        }.ConnectionString;

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        // The signal that docker-compose.yml names.
        Assert.Equal(0, await _server.End("INT"));
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    // As in the image: the socket is for who is on the machine, all others have a password.
    private static string[] Login => ["--auth-local=trust", "--auth-host=scram-sha-256"];

    private Dictionary<string, string> Environment() =>
        new()
        {
            ["PATH"] = _binaries.Folder + ":" + System.Environment.GetEnvironmentVariable("PATH"),
            ["PGHOST"] = _folder.FullName,
            ["PGPORT"] = $"{_port}",
            ["POSTGRES_USER"] = "postgres",
            ["IOT_DB_PASSWORD"] = "iotorleans" + Mark,
            ["IOT_DB_READER_PASSWORD"] = "iotorleans_reader" + Mark,
            ["IOT_DB_LOOKUP_PASSWORD"] = "iotorleans_lookup" + Mark,
        };

    private static async Task Run(string[] command)
    {
        var all = Peer.As(ServerUser, command);
        var (exit, said) = await Peer.Run(all[0], all[1..]);
        Assert.True(exit == 0, said);
    }

    private Task<bool> Answers() => Answers(Superuser);

    internal static async Task<bool> Answers(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        try
        {
            await connection.OpenAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
