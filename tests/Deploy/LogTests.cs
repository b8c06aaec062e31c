using System.Diagnostics;
using IotOrleans.Tests;
using Npgsql;

namespace IotOrleans.Deploy;

/// <summary>What the house and its database write down for who looks for a fault.</summary>
public sealed class LogTests : IAsyncLifetime
{
    private const string Number = "+79266055501";

    private readonly DeployedPostgres _server = new();
    private PostgresHouse _house = null!;

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        _house = new PostgresHouse(
            _server,
            new() { ["Logs__Access"] = "true", ["Logs__SlowQueryMilliseconds"] = "500" }
        );
        await _house.InitializeAsync();
    }

    [Fact]
    public async Task One_trace_ties_the_line_of_a_request_to_what_the_house_says_about_it_and_no_number_is_whole()
    {
        // A hub that nobody knows is refused, and that is told.
        using var http = new HttpClient { BaseAddress = _house.Address };
        using var body = new StringContent("{}", null, "application/json");
        using var refused = await http.PostAsync(
            new Uri("/api/v1/hooks/generic/hub-1?token=geheim", UriKind.Relative),
            body
        );
        var trace = Assert.Single(refused.Headers.GetValues("trace-id"));
        await Told(
            line => line.Contains(trace) && line.Contains("\"IotOrleans.Access\"") && line.Contains("hub-1 401 "),
            line => line.Contains(trace) && line.Contains("a message was refused")
        );

        using var seen = await http.GetAsync(new Uri($"/lookup/real/{Number}?key=geheim", UriKind.Relative));
        await Told(line => line.Contains("GET /lookup/real/*****01 401 "));
        Assert.DoesNotContain("geheim", _house.Said, StringComparison.Ordinal);
        Assert.DoesNotContain(Number[1..], _house.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_statement_that_takes_long_is_in_our_log_and_in_the_databases_without_its_values()
    {
        await using var source = NpgsqlDataSource.Create(_server.Owner);
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await Run("lock table masks in access exclusive mode", connection);
        var list = _house.Ask(HttpMethod.Get, $"masks?number={Uri.EscapeDataString(Number)}", null, _house.Token);
        await Told(() => Waits(source));
        await Run("select pg_sleep(0.6)", connection);
        await transaction.RollbackAsync();
        await list;

        await Told(line => line.Contains("A statement took ") && line.Contains("from masks where mask_id in"));
        await Told(() => Task.FromResult(Slow(_server.Said).Any()));
        Assert.DoesNotContain(Number[1..], _server.Said, StringComparison.Ordinal);
        Assert.DoesNotContain(Number[1..], _house.Said, StringComparison.Ordinal);

        static IEnumerable<string> Slow(string said) =>
            said.Split("duration:").Where(one => one.Contains("from masks", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        await _house.DisposeAsync();
        await _server.DisposeAsync();
    }

    /// <summary>For each there is a line that is so.</summary>
    private Task Told(params Func<string, bool>[] lines) =>
        Told(() => Task.FromResult(Array.TrueForAll(lines, fits => _house.Said.Split('\n').Any(fits))));

    private async Task Told(Func<Task<bool>> holds)
    {
        var patience = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(60), $"{_house.Said}\n{_server.Said}");
            await Task.Delay(20);
        }
    }

    private static async Task<bool> Waits(NpgsqlDataSource source)
    {
        await using var look = source.CreateCommand(
            "select exists (select from pg_stat_activity where wait_event_type = 'Lock' and query like '%from masks%')"
        );
        return await look.ExecuteScalarAsync() is true;
    }

    private static async Task Run(string sql, NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
