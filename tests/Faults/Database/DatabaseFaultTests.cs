using Npgsql;

namespace IotOrleans.Tests;

/// <summary>
/// All that a database does beside being well: never is anything promised that is not on disk, whoever is refused is
/// told when to come again, and all is well by itself when the database is.
/// </summary>
public sealed class DatabaseFaultTests(DatabaseRoom room) : IClassFixture<DatabaseRoom>
{
    [Fact]
    public Task Without_a_connection_nothing_is_promised() =>
        room.Bears(Done(room.Cable.Refuse), Done(room.Cable.Accept));

    [Fact]
    public Task A_database_that_does_not_answer_is_not_waited_for() =>
        room.Bears(Done(room.Cable.Cut), Done(room.Cable.Mend));

    [Fact]
    public Task A_slow_database_makes_slow_promises() =>
        room.Bears(
            Done(() => room.Cable.Delay = TimeSpan.FromMilliseconds(20)),
            Done(() => room.Cable.Delay = TimeSpan.Zero),
            refuses: false
        );

    [Fact]
    public Task Sessions_that_are_ended_are_made_anew() =>
        room.Bears(room.EndSessions, () => Task.CompletedTask, refuses: false);

    [Fact]
    public Task A_database_that_may_only_be_read_takes_nothing() =>
        room.Bears(
            async () =>
            {
                await room.Say("alter system set default_transaction_read_only = on");
                await room.Say("select pg_reload_conf()");
            },
            async () =>
            {
                await room.Say("alter system reset default_transaction_read_only");
                await room.Say("select pg_reload_conf()");
            }
        );

    [Fact]
    public Task Sessions_of_a_server_that_was_read_only_are_not_used_again() =>
        room.Bears(
            async () =>
            {
                await room.Say($"alter database {Name} set default_transaction_read_only = on");
                await room.EndSessions();
            },
            // Those who connected meanwhile are read-only for as long as they live.
            () => room.Say($"alter database {Name} reset all")
        );

    [Fact]
    public async Task With_no_connection_left_nothing_is_promised()
    {
        var taken = new Stack<NpgsqlConnection>();
        await room.Bears(
            async () =>
            {
                // The house is quick to come back: until none of the places is its own.
                do
                {
                    await room.EndSessions();
                    await TakeAll(taken);
                } while (await room.Ledger.Count("pg_stat_activity where application_name = 'iotorleans'") > 0);
            },
            async () =>
            {
                while (taken.TryPop(out var one))
                    await one.DisposeAsync();
            }
        );
    }

    [Theory]
    [InlineData("40001")] // serialization failure
    [InlineData("40P01")] // deadlock
    [InlineData("53100")] // disk full
    [InlineData("57014")] // cancelled by a timeout of the server
    public Task A_commit_that_fails_is_no_promise(string state) =>
        room.Bears(
            () =>
                room.Say(
                    $"""
                    create or replace function fail() returns trigger language plpgsql as
                        $$ begin raise exception 'made to fail' using errcode = '{state}'; end $$;
                    create trigger fails before insert on events for each row execute function fail();
                    """
                ),
            () => room.Say("drop trigger fails on events; drop function fail")
        );

    [Fact]
    public async Task The_state_of_the_house_says_whether_commits_are_kept()
    {
        using var http = new HttpClient { BaseAddress = room.House.Address };
        var health = await http.GetStringAsync(new Uri("/health/ready", UriKind.Relative));
        Assert.Contains("fsync on, synchronous_commit on", health, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_house_that_lost_its_lock_takes_it_again_and_keeps_others_out()
    {
        await room.EndSessions();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await room.Ledger.Count("pg_locks where locktype = 'advisory' and granted") == 0)
        {
            Assert.False(patience.IsCancellationRequested, "Nobody holds the lock of the house any more.");
            await Task.Delay(20);
        }
        await using var second = HouseProcess.Start($"--ConnectionStrings:Postgres={room.Server.ConnectionString}");
        Assert.NotEqual(0, await second.Ended());
        Assert.Contains("Another IotOrleans", second.Output, StringComparison.Ordinal);
    }

    private string Name => new NpgsqlConnectionStringBuilder(room.Server.ConnectionString).Database!;

    private static Func<Task> Done(Action act) =>
        () =>
        {
            act();
            return Task.CompletedTask;
        };

    /// <summary>Every session that the server has, those that it keeps for administrators included.</summary>
    private async Task TakeAll(Stack<NpgsqlConnection> taken)
    {
        while (true)
        {
            var one = new NpgsqlConnection(room.Server.ConnectionString + ";Pooling=false");
            try
            {
                await one.OpenAsync();
                taken.Push(one);
            }
            catch (PostgresException full) when (full.SqlState == PostgresErrorCodes.TooManyConnections)
            {
                await one.DisposeAsync();
                return;
            }
        }
    }
}
