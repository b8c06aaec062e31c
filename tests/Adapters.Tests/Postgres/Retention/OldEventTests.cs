using IotOrleans.Devices;
using IotOrleans.Journal;
using IotOrleans.Retention;
using IotOrleans.Rules;
using IotOrleans.Tests;
using Microsoft.Extensions.Logging.Abstractions;

namespace IotOrleans.Postgres;

/// <summary>Events and what came of them go when they are old, and nobody decides otherwise for it.</summary>
public sealed class OldEventTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly DeviceId Smoke = new("smoke-1");
    private static readonly RetentionOptions Least = new() { EventDays = RetentionOptions.EventDaysMin };

    private readonly OldHouse _old = new(database.Source);

    public async ValueTask InitializeAsync() =>
        await _old.House.Run(
            """
            truncate calls, cdrs, events, incidents, closed_incidents, postings, feed_positions, last_edges,
                     grain_state, devices
            """
        );

    public ValueTask DisposeAsync() => _old.DisposeAsync();

    [Fact]
    public async Task An_old_event_goes_with_all_that_came_of_it_and_a_younger_one_stays()
    {
        foreach (var (id, daysAgo) in new[] { ("old", 401), ("young", 399) })
        {
            var incident = await _old.Incident(id, daysAgo);
            await _old.Leg(daysAgo);
            await _old.Posting(daysAgo, incident);
            await _old.Cdr("NORMAL_CLEARING", daysAgo, incident);
        }

        await _old.Work();

        Assert.Equal(["young"], await Events());
        Assert.Equal("1 1 2 1 2", await _old.Counts("incidents", "closed_incidents", "calls", "postings", "cdrs"));
        Assert.Equal([1, 1, 2, 1], new[] { "events", "incidents", "calls", "postings" }.Select(_old.Removed));
    }

    [Fact]
    public async Task Zero_days_are_for_ever()
    {
        await _old.Incident("ancient", 9_000);
        await _old.Posting(9_000);

        await _old.Work(new() { EventDays = 0 });

        Assert.Equal("1 1 1 1", await _old.Counts("events", "incidents", "calls", "postings"));
    }

    [Theory]
    [InlineData("update incidents set closed_at = null, status = 'running', due_at = now()")]
    [InlineData("update incidents set due_at = now()")]
    [InlineData("update calls set due_at = now(), phase = 'answered'")]
    [InlineData("update postings set due_at = now()")]
    public async Task What_is_open_stays_however_old_it_is_and_so_does_what_it_hangs_on(string isOpen)
    {
        var incident = await _old.Incident("old", 500);
        await _old.Posting(500, incident);
        await _old.House.Run(isOpen);
        var before = await _old.Counts("events", "incidents", "calls");

        await _old.Work();

        Assert.Equal("1 1 1", before);
        Assert.Equal(before, await _old.Counts("events", "incidents", "calls"));
    }

    [Fact]
    public async Task Of_an_incident_that_is_open_every_message_stays()
    {
        var incident = await _old.Incident("old", 500);
        await _old.Posting(500, incident);
        await _old.House.Run("update incidents set due_at = now()");

        await _old.Work();

        Assert.Equal("1", await _old.Counts("postings"));
    }

    [Theory]
    [InlineData(401, 1)]
    [InlineData(801, 0)]
    public async Task What_a_reader_has_not_read_waits_for_him_but_not_for_ever(int daysAgo, int stays)
    {
        await _old.Incident("read", daysAgo);
        await _old.House.Run(
            """
            insert into feed_positions (reader, kind, after)
            select 'queue', 'event', max(seq) from events union all
            select 'queue', 'incident_closed', max(seq) from closed_incidents union all
            select 'quicker', 'event', max(seq) + 10 from events
            """
        );
        await _old.Incident("unread", daysAgo);

        await _old.Work();

        Assert.Equal(stays == 1 ? ["unread"] : [], await Events());
        Assert.Equal($"{stays} {stays}", await _old.Counts("incidents", "closed_incidents"));
    }

    [Fact]
    public async Task What_a_device_said_last_is_known_when_the_event_is_gone()
    {
        await using var commit = Commit();
        var journal = new PostgresJournal(database.Source, commit);
        await _old.House.Registered(new(Smoke, DeviceType.SensorSmoke));
        await _old.Event("smoke begins", 900, edge: true);
        await _old.Event("leak ends", 899, edge: false, type: "leak");
        await _old.Event("smoke goes on", 700, edge: true);
        await _old.Event("nothing", 600);
        await _old.Event("door begins", 500, edge: false, type: "door");
        await _old.Event("door ends", 10, edge: true, type: "door");
        var before = await journal.LastEdges(Smoke);
        Assert.Equal([("door", true), ("leak", false), ("smoke", true)], Sorted(before));

        await _old.Work();
        Assert.Equal(["door ends"], await Events());
        Assert.Equal(Sorted(before), Sorted(await journal.LastEdges(Smoke)));

        // What went first was older; what goes later counts.
        await _old.Event("smoke ends", 450, edge: false);
        await _old.Work();
        Assert.Equal([("door", true), ("leak", false), ("smoke", false)], Sorted(await journal.LastEdges(Smoke)));
        // Such a row must not outlive its device, nor be made for one that is gone.
        await _old.House.Run("delete from devices");
        await _old.Event("late", 450, edge: true);
        await _old.Work();
        Assert.Equal("0", await _old.Counts("last_edges"));
    }

    [Fact]
    public async Task A_cooldown_is_judged_as_before_with_the_least_that_may_be_kept()
    {
        await using var commit = Commit();
        var journal = new PostgresJournal(database.Source, commit);
        await _old.Incident("gone", 8);
        await _old.Incident("cools down", 1);
        var before = await journal.LastOpened(Smoke);

        await _old.Work(Least);

        Assert.Equal("1", await _old.Counts("incidents"));
        Assert.Equal(before, await journal.LastOpened(Smoke));
        Assert.Equal(House.Noon.AddDays(-1), before[new RuleId("fire")]);
    }

    [Fact]
    public async Task An_event_that_is_told_again_is_a_repeat_after_three_days_and_a_new_one_when_it_is_gone()
    {
        var occurred = _old.House.Event();
        var entry = new JournalEntry(new EventEntry(occurred, null, null));
        Assert.False((await _old.House.Write(entry)).Duplicate);
        _old.Clock.Advance(TimeSpan.FromDays(3));
        await _old.Work(Least);
        Assert.True((await _old.House.Write(entry)).Duplicate);
        _old.Clock.Advance(TimeSpan.FromDays(4) + TimeSpan.FromSeconds(1));
        await _old.Work(Least);
        Assert.False((await _old.House.Write(entry)).Duplicate);
    }

    private GroupCommit Commit() => new(database.Source, TimeProvider.System, NullLogger<GroupCommit>.Instance);

    private Task<string[]> Events() =>
        _old.House.Ask<string[]>("select coalesce(array_agg(event_id order by seq), '{}') from events");

    private static (string, bool)[] Sorted(Dictionary<string, bool> edges) =>
        [.. edges.Select(edge => (edge.Key, edge.Value)).Order()];
}
