using IotOrleans.Calls;
using IotOrleans.Incidents;
using IotOrleans.Tests;
using Npgsql;

namespace IotOrleans.Postgres;

public sealed class CallListTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly string Owner = House.Owner.ToString();
    private static readonly string Neighbour = House.Neighbour.ToString();
    private static readonly string Stranger = House.Stranger.ToString();

    private readonly PostgresCallLists _calls = new(database.Source);
    private readonly House _house = new(database.Source);

    public async ValueTask InitializeAsync() => await _house.Run("truncate calls, cdrs");

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task A_call_and_its_cdr_are_read_as_they_were_written()
    {
        var leg = await _house.Called(Owner, Neighbour);
        var cdr = await _house.Ended(Owner, "user/1001@home", House.Noon.AddSeconds(7));

        Assert.Equal(leg.ToRecord(), await _calls.Find(leg.CallId, default));
        Assert.Equal(cdr, Assert.Single((await _calls.Cdrs(new(), Paging.First, default)).Items));
        Assert.Equal(7, cdr.DurationSeconds);
        Assert.Null(await _calls.Find(new(Guid.NewGuid()), default));
    }

    [Fact]
    public async Task A_number_is_found_on_either_side_and_a_call_between_two_of_a_partner_once()
    {
        var placed = await _house.Called(Owner, Stranger);
        var taken = await _house.Called(Stranger, Owner);
        var between = await _house.Called(Owner, Neighbour);
        await _house.Called(Stranger, "user/1001@home");

        Assert.Equal([between.CallId, taken.CallId, placed.CallId], await Ids(new(Msisdn: House.Owner)));
        Assert.Equal(3, (await Ids(new(Subscribers: [House.Owner, House.Neighbour]))).Length);
        Assert.Equal([between.CallId], await Ids(new(House.Owner, Subscribers: [House.Neighbour])));
        Assert.Empty(await Ids(new(Subscribers: [])));
        Assert.Equal(4, (await Ids(new())).Length);
    }

    [Fact]
    public async Task Filters_by_phase_and_incident()
    {
        var incident = new IncidentId(Guid.NewGuid());
        var leg = await _house.Called(Owner, Neighbour, incident);
        var ended = await _house.Ended(Owner, Neighbour, House.Noon);

        Assert.Equal([leg.CallId], await Ids(new(Incident: incident)));
        Assert.Equal([ended.CallId], await Ids(new(Phase: CallPhase.Ended)));
        Assert.Equal([leg.CallId], await Ids(new(House.Owner, CallPhase.Originating)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pages_give_each_row_once_newest_first_while_new_rows_arrive(bool ofPartner)
    {
        var written = new List<CallId>();
        for (var n = 0; n < 10; n++)
        {
            var from = n % 2 == 0 ? Owner : Stranger;
            written.Add((await _house.Ended(from, Neighbour, House.Noon.AddMinutes(n))).CallId);
        }
        written.Reverse();
        var only = ofPartner ? new[] { House.Owner, House.Neighbour } : null;
        Task Between() => _house.Ended(Owner, Neighbour, House.Noon.AddHours(1));

        var calls = await Paging.All(page => _calls.List(new(Subscribers: only), page, default), 3);
        var cdrs = await Paging.All(page => _calls.Cdrs(new(Subscribers: only), page, default), 3, Between);

        Assert.Equal(written, calls.Select(row => row.CallId));
        Assert.Equal(written, cdrs.Select(row => row.CallId));
    }

    [Fact]
    public async Task Cdrs_of_a_period_are_listed_and_exported_oldest_first()
    {
        var third = await _house.Ended(Owner, Neighbour, House.Noon.AddHours(3));
        var first = await _house.Ended(Stranger, Owner, House.Noon.AddHours(1));
        var second = await _house.Ended(Stranger, Neighbour, House.Noon.AddHours(2));
        var early = new CdrFilter(From: House.Noon.AddHours(1), To: House.Noon.AddHours(3));

        Assert.Equal([first, second, third], await Export(new()));
        Assert.Equal([first, second], await Export(early));
        Assert.Equal([second, first], (await _calls.Cdrs(early, Paging.First, default)).Items);
        Assert.Equal([first], await Export(early with { Subscribers = [House.Owner] }));
        Assert.Equal([second, third], await Export(new(House.Neighbour)));
        Assert.Empty(await Export(new(Subscribers: [])));
    }

    [Fact]
    public async Task An_export_that_is_left_early_gives_its_connection_back()
    {
        await _house.Ended(Owner, Neighbour, House.Noon);
        await _house.Ended(Owner, Neighbour, House.Noon);
        await using var one = NpgsqlDataSource.Create(database.ConnectionString + ";Maximum Pool Size=1;Timeout=5");
        var calls = new PostgresCallLists(one);

        await foreach (var _ in calls.ExportCdrs(new(), default))
            break;

        Assert.Equal(2, (await calls.Cdrs(new(), Paging.First, default)).Items.Length);
    }

    [Theory]
    [InlineData("update cdrs set billable_seconds = 0")]
    [InlineData("delete from cdrs")]
    public async Task A_cdr_is_neither_changed_nor_removed(string attempt)
    {
        await _house.Ended(Owner, Neighbour, House.Noon);

        var refused = await Assert.ThrowsAsync<PostgresException>(() => _house.Run(attempt));

        Assert.Equal("cdrs is append-only", refused.MessageText);
    }

    private async Task<CallId[]> Ids(CallFilter filter) =>
        [.. (await _calls.List(filter, Paging.First, default)).Items.Select(row => row.CallId)];

    private async Task<List<CallDetailRecord>> Export(CdrFilter filter)
    {
        var all = new List<CallDetailRecord>();
        await foreach (var cdr in _calls.ExportCdrs(filter, default))
            all.Add(cdr);
        return all;
    }
}
