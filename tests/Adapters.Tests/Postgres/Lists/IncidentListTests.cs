using IotOrleans.Incidents;
using IotOrleans.Tests;

namespace IotOrleans.Postgres;

public sealed class IncidentListTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private readonly PostgresIncidentLists _incidents = new(database.Source);
    private readonly House _house = new(database.Source);

    public async ValueTask InitializeAsync() => await _house.Run("truncate events, incidents");

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task An_incident_is_read_as_its_grain_shows_it()
    {
        var written = await _house.Opened(House.Owner);

        var read = await _incidents.Find(written.IncidentId, default);

        Assert.Equivalent(written.ToRecord(), read, strict: true);
        Assert.Null(await _incidents.Find(new(Guid.NewGuid()), default));
    }

    [Fact]
    public async Task The_event_behind_it_and_what_the_rules_made_of_it()
    {
        var written = await _house.Opened(House.Owner);

        var why = await _incidents.Explain(written.IncidentId, default);

        Assert.Equal(written.EventId, why!.Value.Event.EventId);
        Assert.Equal([written.IncidentId], why.Value.Event.Incidents);
        Assert.Equal("matched", Assert.Single(why.Value.Explanation.Rules).Outcome);
        Assert.Null(await _incidents.Explain(new(Guid.NewGuid()), default));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pages_give_each_row_once_newest_first_while_new_rows_arrive(bool ofPartner)
    {
        var written = new List<IncidentId>();
        for (var n = 0; n < 10; n++)
            written.Add((await _house.Opened(n % 2 == 0 ? House.Owner : House.Neighbour)).IncidentId);
        var filter = new IncidentFilter(Subscribers: ofPartner ? [House.Owner, House.Neighbour] : null);

        var read = await Paging.All(
            page => _incidents.List(filter, page, default),
            limit: 3,
            between: () => _house.Opened(House.Owner)
        );

        Assert.Equal(Enumerable.Reverse(written), read.Select(row => row.IncidentId));
    }

    [Fact]
    public async Task Filters_by_status_device_time_and_partner()
    {
        var failed = await _house.Opened(House.Owner, IncidentStatus.Failed);
        var other = await _house.Opened(House.Neighbour, device: "leak-1");
        await _house.Opened(null, IncidentStatus.Completed);

        Assert.Equal([failed.IncidentId], await Ids(new(Status: IncidentStatus.Failed)));
        Assert.Equal([other.IncidentId], await Ids(new(Device: new("leak-1"))));
        Assert.Equal([other.IncidentId], await Ids(new(Subscribers: [House.Neighbour])));
        Assert.Empty(await Ids(new(Status: IncidentStatus.Failed, Subscribers: [House.Neighbour])));
        Assert.Empty(await Ids(new(Subscribers: [])));
        Assert.Empty(await Ids(new(From: House.Noon.AddSeconds(1))));
        Assert.Equal(3, (await Ids(new(From: House.Noon))).Length);
    }

    private async Task<IncidentId[]> Ids(IncidentFilter filter) =>
        [.. (await _incidents.List(filter, Paging.First, default)).Items.Select(row => row.IncidentId)];
}
