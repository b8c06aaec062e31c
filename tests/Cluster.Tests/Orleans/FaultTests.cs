using System.Diagnostics;
using Npgsql;

namespace IotOrleans.Tests;

/// <summary>
/// Silos, cables, the line to the switch and the database fail in a storm. Afterwards three books agree: what was
/// accepted is in the rows, ends, and nobody was called twice. <c>IOT_STORM_ROUNDS</c> says how often each is done;
/// without it, once. The silo that is harmed is the older one, where most of the grains are.
/// </summary>
public sealed class FaultTests(Cluster cluster, ITestOutputHelper output) : IClassFixture<Cluster>
{
    private static readonly int Rounds = int.TryParse(
        Environment.GetEnvironmentVariable("IOT_STORM_ROUNDS"),
        out var rounds
    )
        ? rounds
        : 1;

    /// <summary>Longer than it takes to declare a silo dead.</summary>
    private static readonly TimeSpan Eviction = TimeSpan.FromSeconds(6);

    [Fact]
    public Task A_killed_silo_loses_no_event_and_calls_nobody_twice() =>
        Each(() =>
        {
            cluster.Silos[0].Process.Kill();
            return Task.CompletedTask;
        });

    [Fact]
    public Task A_silo_that_stood_still_and_was_replaced_writes_nothing_more_and_calls_nobody() =>
        Each(async () =>
        {
            var frozen = cluster.Silos[0].Process;
            frozen.Freeze();
            await Task.Delay(Eviction);
            frozen.Thaw();
            // It learns that it is dead to the others, and goes rather than act beside its successor.
            Assert.NotEqual(0, await frozen.Ended());
        });

    [Fact]
    public Task Silos_that_do_not_see_each_other_settle_which_of_them_goes() =>
        Each(async () =>
        {
            foreach (var silo in cluster.Silos)
                silo.Silos.Cut();
            await Task.Delay(Eviction);
            foreach (var silo in cluster.Silos)
                silo.Silos.Mend();
        });

    [Fact]
    public Task A_silo_without_a_line_to_the_switch_uses_that_of_the_other() =>
        Each(async () =>
        {
            cluster.Silos[0].Line.Cut();
            await Task.Delay(TimeSpan.FromSeconds(3));
            cluster.Silos[0].Line.Mend();
        });

    [Fact]
    public Task Lines_that_break_are_made_again_and_every_living_leg_is_asked_about() =>
        Each(() =>
        {
            cluster.Switch.DropLinks();
            return Task.CompletedTask;
        });

    [Fact]
    public Task Without_a_database_nothing_is_promised_and_all_goes_on_when_it_is_back() =>
        Each(async () =>
        {
            await using var admin = new NpgsqlConnection(
                new NpgsqlConnectionStringBuilder(cluster.ConnectionString)
                {
                    Database = "postgres",
                    Pooling = false,
                }.ConnectionString
            );
            await admin.OpenAsync();
            var name = new NpgsqlConnectionStringBuilder(cluster.ConnectionString).Database;
            await Say(admin, $"alter database {name} allow_connections false");
            await Say(admin, $"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
            await Task.Delay(TimeSpan.FromSeconds(2));
            await Say(admin, $"alter database {name} allow_connections true");
            // Our own connections were ended as well.
            cluster.Source.Clear();
        });

    private async Task Each(Func<Task> harm)
    {
        var storm = await cluster.Storm();
        for (var round = 1; round <= Rounds; round++)
        {
            await cluster.Heal();
            storm.Forget();
            var began = Stopwatch.StartNew();
            await storm.Rage(harm);
            var (took, tries) = storm.Slowest;
            output.WriteLine($"Round {round}: slowest event {took.TotalSeconds:0.00} s after the harm began: {tries}");
            await storm.BooksAgree();
            output.WriteLine($"Round {round}: books agree after {began.Elapsed.TotalSeconds:0.0} s");
        }
    }

    private static async Task Say(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
