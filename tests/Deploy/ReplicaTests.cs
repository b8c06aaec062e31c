using System.Diagnostics;
using System.Text.Json;
using IotOrleans.Tests;
using Npgsql;

namespace IotOrleans.Deploy;

/// <summary>A house that reads lists from a streaming standby of its database.</summary>
public sealed class ReplicaTests : IAsyncLifetime
{
    private readonly DeployedPostgres _server = new();
    private Standby _standby = null!;
    private PostgresHouse _house = null!;

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        _standby = await _server.Follow();
        _house = new PostgresHouse(_server, new() { ["ConnectionStrings__Replica"] = _standby.Of(_server.Owner) });
        await _house.InitializeAsync();
    }

    [Fact]
    public async Task Lists_exports_and_figures_come_from_the_standby_but_never_without_what_was_just_written()
    {
        await Until("up");
        await Make(1);
        await Reads(1);
        await Caught();
        await _standby.Pause();

        // Somebody else's mask is not there yet, whoever asks for it here.
        await Run("insert into masks (real, shown) values (79266040002, 78134000002)");
        await Reads(1);
        await Make(3);
        await Reads(3);

        await _standby.Resume();
        await Reads(3);
    }

    [Fact]
    public async Task While_the_standby_is_away_the_database_is_read_and_health_says_so()
    {
        await Until("up");
        await Make(1);
        await _standby.Stop();

        await Reads(1);
        var health = await Until("down");
        Assert.Equal("up", health.GetProperty("status").GetString());
        await Make(2);
        await Reads(2);

        await _standby.Start();
        await Until("up");
        await Reads(2);
    }

    public async ValueTask DisposeAsync()
    {
        await _house.DisposeAsync();
        await _standby.DisposeAsync();
        await _server.DisposeAsync();
    }

    private Task Make(int number) =>
        Ask(HttpMethod.Post, "masks", new { real = $"+7926604{number:0000}", shown = $"+7813400{number:0000}" });

    /// <summary>All three say that there are so many.</summary>
    private async Task Reads(int masks)
    {
        var list = await Ask(HttpMethod.Get, "masks", null);
        var figures = await Ask(HttpMethod.Get, "masks/figures", null);
        Assert.Equal(
            (masks, masks),
            (list.GetProperty("items").GetArrayLength(), figures.GetProperty("active").GetInt32())
        );
        Assert.Equal(masks, (await _house.Text("masks/export.csv")).Split("\r\n").Count(line => line.StartsWith('+')));
        Assert.Equal(0, (await Ask(HttpMethod.Get, "masks/calls", null)).GetProperty("items").GetArrayLength());
    }

    private Task<JsonElement> Ask(HttpMethod method, string path, object? body) =>
        _house.Ask(method, path, body, _house.Token);

    private async Task Caught()
    {
        var written = await PostgresHouse.Rows(_server.Owner, "select pg_current_wal_insert_lsn()::text");
        while (!await _standby.Ask($"select pg_last_wal_replay_lsn() >= '{written[0]}'"))
            await Task.Delay(20);
        // And the house has seen that it did.
        await Reads(1);
    }

    private async Task<JsonElement> Until(string status)
    {
        var patience = Stopwatch.StartNew();
        while (true)
        {
            var health = JsonSerializer.Deserialize<JsonElement>(await _house.Text("/health/ready"));
            var told = health.GetProperty("parts").GetProperty("replica").GetProperty("status").GetString();
            if (told == status)
                return health;
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(120), $"{health}");
            await Task.Delay(50);
        }
    }

    private async Task Run(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_server.Owner);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
