using IotOrleans.Retention;
using IotOrleans.Tests;
using Npgsql;

namespace IotOrleans.Postgres;

/// <summary>Retention is in nobody's way, and what was in its way is gone an hour later.</summary>
public sealed class RetentionPaceTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private readonly OldHouse _old = new(database.Source);

    public async ValueTask InitializeAsync() =>
        await _old.House.Run("truncate calls, events, incidents, closed_incidents, postings, feed_positions");

    public ValueTask DisposeAsync() => _old.DisposeAsync();

    [Fact]
    public async Task Of_two_at_once_one_works_and_the_other_does_not_wait_for_it()
    {
        await Many(1_000);
        await using var connection = await database.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (
            var take = new NpgsqlCommand("select pg_advisory_xact_lock(1768911971, hashtext('retention'))", connection)
        )
            await take.ExecuteNonQueryAsync();

        await _old.Work();
        Assert.Equal("1000", await _old.Counts("events"));
        await transaction.RollbackAsync();

        await _old.Work();
        Assert.Equal("0", await _old.Counts("events"));
        Assert.DoesNotContain(_old.Log.Lines, line => line.Text.Contains("Old rows", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Several_at_once_remove_each_row_once()
    {
        await Many(20_000);
        await using var other = new OldHouse(database.Source);

        await Task.WhenAll(_old.Work(), other.Work(), _old.Work(), other.Work());
        await _old.Work();

        Assert.Equal("0", await _old.Counts("events"));
        Assert.Equal(20_000, _old.Removed("events") + other.Removed("events"));
        Assert.Empty(Complaints(_old).Concat(Complaints(other)));
    }

    [Fact]
    public async Task What_somebody_holds_is_passed_over_and_not_waited_for()
    {
        var held = await _old.Leg(500);
        await _old.Leg(500);
        await using var connection = await database.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand($"select from calls where call_id = '{held}' for update", connection))
            await hold.ExecuteNonQueryAsync();

        await _old.Work();

        Assert.Equal(held, await _old.House.Ask<Guid>("select call_id from calls"));
        Assert.Empty(Complaints(_old));
    }

    [Fact]
    public async Task A_batch_that_takes_too_long_is_made_smaller()
    {
        await Many(700);
        await _old.House.Run(
            """
            create function drag() returns trigger language plpgsql as $$
            begin
                if (select count(*) from gone) > 600 then perform pg_sleep(30); end if;
                return null;
            end $$;
            create trigger drag after delete on events referencing old table as gone
                for each statement execute function drag();
            """
        );
        await _old.Work();
        await _old.House.Run("drop trigger drag on events; drop function drag");

        Assert.Equal("0", await _old.Counts("events"));
        Assert.Empty(Complaints(_old));
    }

    [Fact]
    public async Task One_table_that_fails_keeps_no_other_and_is_told_when_it_lasts_for_a_day()
    {
        await Many(10);
        await _old.Posting(500);
        await _old.House.Run("create table reference (posting_id uuid references postings)");
        await _old.House.Run("insert into reference select posting_id from postings");
        var keeper = _old.Keeper();

        await _old.WorkOf(keeper);
        Assert.Equal("0 1", await _old.Counts("events", "postings"));
        Assert.Single(Complaints(_old), line => line.Contains("postings", StringComparison.Ordinal));
        Assert.Equal(PartStatus.Up, await Health(keeper));

        _old.Clock.Advance(TimeSpan.FromDays(1));
        await _old.WorkOf(keeper);
        var told = await keeper.Check(default);
        Assert.Equal(("retention", PartStatus.Down, false), (told.Name, told.Status, told.Needed));
        Assert.StartsWith("postings: ", told.Detail, StringComparison.Ordinal);

        await _old.House.Run("drop table reference");
        await _old.WorkOf(keeper);
        Assert.Equal("0", await _old.Counts("postings"));
        Assert.Equal(PartStatus.Up, await Health(keeper));
    }

    [Fact]
    public async Task A_database_that_is_away_is_looked_for_again_in_an_hour()
    {
        await using var away = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Username=nobody;Database=none");
        await using var house = new OldHouse(away);

        await house.Work();

        Assert.NotEmpty(Complaints(house));
    }

    [Fact]
    public async Task It_works_soon_after_the_start_and_then_once_an_hour()
    {
        using var keeper = _old.Keeper();
        await keeper.StartAsync(CancellationToken.None);
        await Many(1);
        await Waits();
        _old.Clock.Advance(RetentionKeeper.First);
        var first = await WorkedAfter(keeper, null);
        Assert.Equal("0", await _old.Counts("events"));

        await Many(1);
        await Waits();
        _old.Clock.Advance(RetentionKeeper.Period - TimeSpan.FromMinutes(1));
        Assert.Equal((first, "1"), ((await keeper.Check(default)).Detail, await _old.Counts("events")));
        _old.Clock.Advance(TimeSpan.FromMinutes(1));
        await WorkedAfter(keeper, first);
        Assert.Equal("0", await _old.Counts("events"));
        await keeper.StopAsync(CancellationToken.None);
    }

    private Task Many(int count) =>
        _old.House.Run(
            $$"""
            insert into events (event_id, device_id, event_type, occurred_at, received_at, payload, incidents, trace_id,
                                derived)
            select gen_random_uuid(), 'air-1', 'reading', '{{_old.At(500)}}', '{{_old.At(500)}}', '{}', '{}', 'trace',
                   false
            from generate_series(1, {{count}})
            """
        );

    /// <summary>It has begun to wait for its time, on a thread of its own.</summary>
    private async Task Waits()
    {
        using var late = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!_old.Clock.IsAwaited)
            await Task.Delay(5, late.Token);
    }

    /// <summary>When it has worked another time, as the state of the house says.</summary>
    private async Task<string?> WorkedAfter(RetentionKeeper keeper, string? last)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while ((await keeper.Check(default)).Detail is var worked)
        {
            if (worked != last)
                return worked;
            // Its pauses.
            _old.Clock.Advance(TimeSpan.FromMilliseconds(20));
            await Task.Delay(20, late.Token);
        }
        return null;
    }

    private static string[] Complaints(OldHouse house) =>
        [
            .. house
                .Log.Lines.Select(line => line.Text)
                .Where(text => text.StartsWith("Old rows", StringComparison.Ordinal)),
        ];

    private static async Task<PartStatus> Health(RetentionKeeper keeper) => (await keeper.Check(default)).Status;
}
