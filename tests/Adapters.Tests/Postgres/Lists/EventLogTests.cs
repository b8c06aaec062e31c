using IotOrleans.Events;
using IotOrleans.Journal;
using IotOrleans.Tests;
using Npgsql;

namespace IotOrleans.Postgres;

public sealed class EventLogTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private readonly PostgresEventLogs _events = new(database.Source);
    private readonly House _house = new(database.Source);

    public async ValueTask InitializeAsync() => await _house.Run("truncate events");

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task An_event_is_read_as_it_was_written()
    {
        var written = await _house.Happened(House.Owner);

        var read = Assert.Single((await List(new())).Items);

        Assert.Equal((written.EventId, written.DeviceId, "smoke"), (read.EventId, read.DeviceId, read.EventType));
        Assert.Equal((House.Noon, House.Noon), (read.OccurredAt, read.ReceivedAt));
        Assert.Equal(("""{"level": 7}""", "trace"), (read.Payload.Text, read.TraceId));
        Assert.Equal(read.EventId, (await _events.Find(written.EventId, null, default))!.EventId);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pages_give_each_row_once_newest_first_while_new_rows_arrive(bool ofPartner)
    {
        var written = new List<string>();
        for (var n = 0; n < 10; n++)
            written.Add((await _house.Happened(n % 2 == 0 ? House.Owner : House.Neighbour)).EventId);
        var filter = new EventLogFilter(Subscribers: ofPartner ? [House.Owner, House.Neighbour, House.Owner] : null);

        var read = await Paging.All(
            page => _events.List(filter, page, default),
            limit: 3,
            between: () => _house.Happened(House.Owner)
        );

        Assert.Equal(Enumerable.Reverse(written), read.Select(row => row.EventId));
    }

    [Fact]
    public async Task A_page_that_is_just_full_has_none_after_it()
    {
        await _house.Happened(House.Owner);
        await _house.Happened(House.Owner);

        Assert.Null((await _events.List(new(), new(2, null), default)).Next);
        Assert.NotNull((await _events.List(new(), new(1, null), default)).Next);
    }

    [Fact]
    public async Task Filters_by_device_type_and_time()
    {
        var early = _house.Event(at: House.Noon.AddHours(-1));
        await _house.Write(new(new EventEntry(early, null, null)));
        var leak = await _house.Happened(House.Owner, "leak-1", "leak");

        Assert.Equal([leak.EventId], await Ids(new(Device: new("leak-1"))));
        Assert.Equal([leak.EventId], await Ids(new(EventType: "leak")));
        Assert.Equal([leak.EventId], await Ids(new(From: House.Noon)));
        Assert.Equal([early.EventId], await Ids(new(To: House.Noon)));
        Assert.Empty(await Ids(new(Device: new("leak-1"), EventType: "smoke")));
    }

    [Fact]
    public async Task A_partner_sees_only_his_own_and_without_numbers_nothing()
    {
        var own = await _house.Happened(House.Owner);
        await _house.Happened(House.Neighbour);
        await _house.Happened(null);

        Assert.Equal([own.EventId], await Ids(new(Subscribers: [House.Owner])));
        Assert.Empty(await Ids(new(Subscribers: [])));
        Assert.Equal(3, (await Ids(new())).Length);
    }

    [Fact]
    public async Task Two_devices_may_use_one_id_and_the_newest_is_found_unless_one_is_named()
    {
        var first = _house.Event("lamp-1");
        var second = first with { DeviceId = new("lamp-2") };
        await _house.Write(new(new EventEntry(first, null, null)));
        await _house.Write(new(new EventEntry(second, null, new([], "of the second"))));

        Assert.Equal("lamp-2", (await _events.Find(first.EventId, null, default))!.DeviceId.Value);
        Assert.Equal("lamp-1", (await _events.Find(first.EventId, new("lamp-1"), default))!.DeviceId.Value);
        Assert.Equal("of the second", (await _events.Explain(first.EventId, null, default))!.Note);
        Assert.Equal(Explanation.Nothing.Note, (await _events.Explain(first.EventId, new("lamp-1"), default))!.Note);
        Assert.Null(await _events.Find("never", null, default));
        Assert.Null(await _events.Explain("never", null, default));
    }

    [Fact]
    public async Task A_database_that_is_away_is_said_in_the_words_of_the_contract()
    {
        await using var away = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Username=nobody;Database=none");

        await Assert.ThrowsAsync<JournalUnavailableException>(() =>
            new PostgresEventLogs(away).List(new(), Paging.First, default)
        );
    }

    private Task<Page<EventLog>> List(EventLogFilter filter) => _events.List(filter, Paging.First, default);

    private async Task<string[]> Ids(EventLogFilter filter) =>
        [.. (await List(filter)).Items.Select(row => row.EventId)];
}
