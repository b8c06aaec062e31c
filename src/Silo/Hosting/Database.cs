using IotOrleans.Postgres;
using Npgsql;

namespace IotOrleans.Hosting;

/// <summary>The database: the one that the configuration names, or a private one that lives and dies with us.</summary>
public sealed class Database : IHealthPart, IAsyncDisposable
{
    public const string Durability = """
        select concat_ws('/', current_setting('fsync'), current_setting('synchronous_commit'),
                         current_setting('server_version'))
        """;

    private readonly PrivatePostgres? _private;
    private string _durability = "";

    private Database(string connectionString, PrivatePostgres? own)
    {
        ConnectionString = connectionString;
        _private = own;
        Source = NpgsqlDataSource.Create(connectionString);
    }

    public string ConnectionString { get; }

    public NpgsqlDataSource Source { get; }

    /// <summary>The copy that the configuration names for reading.</summary>
    public static NpgsqlDataSource? Copy(IConfiguration configuration) =>
        configuration.GetConnectionString("Replica") is { Length: > 0 } given
            ? NpgsqlDataSource.Create(Bounded(given))
            : null;

    public bool IsPrivate => _private is not null;

    public static async Task<Database> Open(WebApplicationBuilder builder, HouseOptions options)
    {
        var database = await Find(builder, options);
        await database.Prepare(builder.Environment);
        return database;
    }

    /// <summary>The database, of which nothing was asked yet.</summary>
    public static async Task<Database> Find(WebApplicationBuilder builder, HouseOptions options)
    {
        var given = builder.Configuration.GetConnectionString("Postgres");
        var own = string.IsNullOrEmpty(given)
            ? await PrivatePostgres.Start(
                new(options.Data ?? PrivatePostgresOptions.DefaultFolder),
                builder.PrivateLog(),
                TimeProvider.System
            )
            : null;
        return new(Bounded(given is { Length: > 0 } ? given : own!.ConnectionString), own);
    }

    /// <summary>Brings it to the tables of this program.</summary>
    /// <exception cref="HouseException">It cannot be relied upon.</exception>
    public async Task Prepare(IHostEnvironment environment)
    {
        using var logs = LoggerFactory.Create(log => log.AddSimpleConsole());
        await Migrations.Apply(Source, logs.CreateLogger("IotOrleans.Database"));
        await CheckDurability(environment);
    }

    public async ValueTask<PartHealth> Check(CancellationToken cancellation)
    {
        try
        {
            await using var command = Source.CreateCommand("select 1");
            command.CommandTimeout = 2;
            await command.ExecuteScalarAsync(cancellation);
            return new(
                "database",
                PartStatus.Up,
                Needed: true,
                $"{(IsPrivate ? "private" : "configured")}, {_durability}"
            );
        }
        catch (Exception trouble) when (DatabaseTrouble.Is(trouble))
        {
            return new("database", PartStatus.Down, Needed: true, "cannot be reached");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        if (_private is not null)
            await _private.DisposeAsync();
    }

    /// <summary>
    /// A 202 promises that the event is on disk: a database that lies about that is refused in production.
    /// </summary>
    private async Task CheckDurability(IHostEnvironment environment)
    {
        await using var command = Source.CreateCommand(Durability);
        var parts = ((string)(await command.ExecuteScalarAsync())!).Split('/');
        _durability = $"fsync {parts[0]}, synchronous_commit {parts[1]}, PostgreSQL {parts[2]}";
        if (environment.IsProduction() && (parts[0] == "off" || parts[1] is "off"))
        {
            throw new HouseException($"The database does not keep what it commits ({_durability}); set both to on.");
        }
    }

    private static string Bounded(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = "iotorleans",
            IncludeErrorDetail = false,
        };
        if (!connectionString.Contains("Pool Size", StringComparison.OrdinalIgnoreCase))
            settings.MaxPoolSize = 40;
        if (!connectionString.Contains("Timeout", StringComparison.OrdinalIgnoreCase))
            (settings.Timeout, settings.CommandTimeout) = (5, 10);
        // Grains say one of a few statements each time.
        settings.MaxAutoPrepare = 64;
        settings.NoResetOnClose = true;
        // What is read is in memory, or on a disk without arms. With the default a prepared list of what is rare would
        // rather walk through the whole journal than jump in an index.
        if (!connectionString.Contains("Options", StringComparison.OrdinalIgnoreCase))
            settings.Options = "-c random_page_cost=1.1";
        return settings.ConnectionString;
    }
}
