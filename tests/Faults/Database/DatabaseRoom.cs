using IotOrleans.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace IotOrleans.Tests;

/// <summary>A house, the PostgreSQL it stands on, and the cable between the two; a test may harm each.</summary>
public sealed class DatabaseRoom : IAsyncLifetime
{
    private PrivatePostgres _server = null!;
    private string _folder = "";
    private int _round;

    internal TcpProxy Cable { get; private set; } = null!;

    internal LoneHouse House { get; private set; } = null!;

    internal Ledger Ledger { get; private set; } = null!;

    internal Tellers Tellers { get; private set; } = null!;

    /// <summary>Past the cable.</summary>
    public NpgsqlDataSource Source { get; private set; } = null!;

    internal PrivatePostgres Server => _server;

    /// <summary>Where the server lies; a test may give it a place of its own.</summary>
    public string? Folder { get; init; }

    public async ValueTask InitializeAsync()
    {
        _folder = Folder ?? TestServer.NewFolder();
        var options = new PrivatePostgresOptions(_folder) { ConnectionsMax = 20, Durable = true };
        _server = await PrivatePostgres.Start(options, NullLogger.Instance, TimeProvider.System);
        // Who looks and heals is not bound by what is done to the house.
        var admin = new NpgsqlConnectionStringBuilder(_server.ConnectionString)
        {
            MaxPoolSize = 2,
            Options = "-c default_transaction_read_only=off",
        };
        Source = NpgsqlDataSource.Create(admin.ConnectionString);
        Cable = new(_server.Port);
        var through = new NpgsqlConnectionStringBuilder(_server.ConnectionString)
        {
            Host = "127.0.0.1",
            Port = Cable.Port,
            Timeout = 2,
            CommandTimeout = 2,
            MaxPoolSize = 30,
        };
        House = new(through.ConnectionString);
        await House.Ledger.StartAsync(CancellationToken.None);
        await House.Start("--RateLimits:AnswerSecondsMax=1");
        Ledger = new(Source, House.Ledger);
        Tellers = new(House.Ask, Ledger);
        await Tellers.Prepare();
    }

    /// <summary>
    /// Tells events all the while: harm is done, some are refused, it is healed, and all are accepted. Afterwards the
    /// books agree: nobody was promised what is not in the rows, and no grain has got stuck.
    /// </summary>
    internal async Task Bears(Func<Task> harm, Func<Task> heal, bool refuses = true)
    {
        var round = ++_round;
        for (var number = 0; number < 5; number++)
            Tellers.Add("smoke", $"before-{round}-{number}");
        await Tellers.AllAccepted();
        await harm();
        var (refused, accepted) = (Tellers.Refused, Tellers.Accepted);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        for (var number = 0; refuses ? Tellers.Refused < refused + 6 : Tellers.Accepted < accepted + 6; number++)
        {
            Assert.False(patience.IsCancellationRequested, $"Nothing was refused, or all was: {House.Output}");
            Tellers.Add(number % 2 == 0 ? "smoke" : "button", $"during-{round}-{number}");
            await Tellers.TellAll();
        }
        await heal();
        Tellers.Add("smoke", $"after-{round}");
        try
        {
            await Tellers.AllAccepted();
            await Ledger.Closes();
        }
        catch (Exception) when (House.Running.Ended().IsCompleted)
        {
            Assert.Fail($"The house is gone: {House.Output}");
        }
        await Ledger.Agrees();
    }

    internal async Task Say(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Every session of the house ends, as when an administrator or a failover ends it.</summary>
    internal Task EndSessions() =>
        Say("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'iotorleans'");

    public async ValueTask DisposeAsync()
    {
        await House.DisposeAsync();
        await Cable.DisposeAsync();
        await Source.DisposeAsync();
        await _server.DisposeAsync();
        if (Folder is null)
            await PrivatePostgres.Remove(_folder, TimeProvider.System);
    }
}
