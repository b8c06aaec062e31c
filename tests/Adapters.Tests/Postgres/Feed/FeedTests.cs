using IotOrleans.Events;
using IotOrleans.Feed;
using IotOrleans.Incidents;
using IotOrleans.Tests;
using Npgsql;

namespace IotOrleans.Postgres;

/// <summary>Nothing is missed and nothing comes twice, in whatever order the commits are seen.</summary>
public sealed class FeedTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private const string LateEvent = """
        insert into events (event_id, device_id, event_type, occurred_at, received_at, payload, incidents, trace_id,
                            derived)
        values ($1, 'smoke-1', 'smoke', now(), now(), '{}', '{}', 'trace', false)
        """;

    private readonly PostgresFeed _feed = new(database.Source, TimeProvider.System);
    private readonly House _house = new(database.Source);

    public async ValueTask InitializeAsync() =>
        await _house.Run("truncate calls, cdrs, events, incidents, closed_incidents, feed_positions");

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task An_event_that_is_committed_late_is_waited_for_and_not_missed()
    {
        await using var connection = await database.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await Insert(connection, "late");
        var quick = await _house.Happened(House.Owner);

        var settled = _feed.Settled(FeedKind.Event, default);
        await transaction.CommitAsync();

        var found = await _feed.Events(new(0, await settled, 100), default);
        Assert.Equal(["late", quick.EventId], found.Select(row => row.Value.EventId));
        Assert.Equal(await settled, found[^1].Seq);
    }

    [Fact]
    public async Task Nobody_reads_beyond_a_writer_that_stands_still_and_it_holds_up_no_other_writer()
    {
        await using var connection = await database.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await Insert(connection, "stuck");
        var time = new FakeTime();
        var settled = new PostgresFeed(database.Source, time).Settled(FeedKind.Event, default);

        while (!settled.IsCompleted)
        {
            await _house.Happened(House.Owner);
            time.Advance(TimeSpan.FromMilliseconds(100));
        }
        await Assert.ThrowsAsync<JournalUnavailableException>(() => settled);
        await transaction.RollbackAsync();

        var found = await _feed.Events(new(0, await _feed.Settled(FeedKind.Event, default), 1000), default);
        Assert.DoesNotContain("stuck", found.Select(row => row.Value.EventId));
        Assert.NotEmpty(found);
    }

    [Fact]
    public async Task Many_writers_and_a_reader_that_goes_on_give_each_cdr_once_in_order()
    {
        var writers = Enumerable.Range(0, 8).Select(_ => Task.Run(() => Write(25))).ToList();
        var seen = new List<Numbered<Calls.CallDetailRecord>>();
        var done = Task.WhenAll(writers);
        for (var last = false; !last; )
        {
            last = done.IsCompleted;
            var after = seen.Count == 0 ? 0 : seen[^1].Seq;
            seen.AddRange(await _feed.Cdrs(new(after, await _feed.Settled(FeedKind.Cdr, default), 1000), default));
        }
        await done;

        Assert.Equal(200, seen.Select(row => row.Value.CallId).Distinct().Count());
        Assert.Equal(200, seen.Count);
        Assert.Equal(seen.Select(row => row.Seq).Order(), seen.Select(row => row.Seq));
    }

    [Fact]
    public async Task A_closed_incident_is_told_once_whatever_is_written_about_it_afterwards()
    {
        var incident = await _house.Opened(House.Owner);
        Assert.Empty(await Closed());

        incident = incident with
        {
            Status = IncidentStatus.Completed,
            ClosedAt = House.Noon,
            DueAt = null,
            Version = 2,
        };
        await _house.Write(new(Incidents: [incident]));
        await _house.Write(new(Incidents: [incident with { Note = "later", Version = 3 }]));

        var told = Assert.Single(await Closed());
        Assert.Equal((incident.IncidentId, "later"), (told.Value.IncidentId, told.Value.Note));
    }

    [Fact]
    public async Task A_reader_begins_at_what_is_settled_and_never_goes_back()
    {
        await _house.Happened(House.Owner);
        var now = await _feed.Settled(FeedKind.Event, default);
        Assert.Equal(now, await _feed.Position("crm", FeedKind.Event, default));

        await _feed.Advance("crm", FeedKind.Event, now + 5, default);
        await _feed.Advance("crm", FeedKind.Event, now + 3, default);
        Assert.Equal(now + 5, await _feed.Position("crm", FeedKind.Event, default));
    }

    [Fact]
    public async Task Only_what_was_asked_for_is_read()
    {
        var smoke = await _house.Happened(House.Owner);
        await _house.Happened(House.Owner, "door", "doorbell");
        await _house.Happened(House.Neighbour);
        var range = new FeedRange(0, await _feed.Settled(FeedKind.Event, default), 100);

        var found = await _feed.Events(range with { Numbers = [House.Owner], EventTypes = ["smoke"] }, default);
        Assert.Equal(smoke.EventId, Assert.Single(found).Value.EventId);
        Assert.Empty(await _feed.Events(range with { Numbers = [] }, default));
        Assert.Empty(await _feed.Events(range with { From = House.Noon.AddSeconds(1) }, default));
        Assert.Equal(3, (await _feed.Events(range with { From = House.Noon }, default)).Length);
    }

    private async Task<Numbered<IncidentRecord>[]> Closed() =>
        await _feed.ClosedIncidents(new(0, await _feed.Settled(FeedKind.IncidentClosed, default), 100), default);

    private async Task Write(int count)
    {
        await using var own = new House(database.Source);
        for (var call = 0; call < count; call++)
            await own.Ended(House.Owner.ToString(), House.Neighbour.ToString(), House.Noon);
    }

    private static async Task Insert(NpgsqlConnection connection, string id)
    {
        await using var insert = new NpgsqlCommand(LateEvent, connection);
        insert.Parameters.Add(new() { Value = id });
        await insert.ExecuteNonQueryAsync();
    }
}
