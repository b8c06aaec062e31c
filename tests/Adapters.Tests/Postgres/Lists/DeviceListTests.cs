using IotOrleans.Devices;
using IotOrleans.Json;
using IotOrleans.Rules;
using IotOrleans.Subscribers;
using IotOrleans.Tests;

namespace IotOrleans.Postgres;

public sealed class DeviceListTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly DeviceRegistration Smoke = new(
        new("smoke-1"),
        DeviceType.SensorSmoke,
        House.Owner,
        "Acme",
        Name: "Дым",
        Room: "kitchen",
        Metadata: new JsonText("""{"floor": 2}""")
    );

    private static readonly DeviceRegistration Speaker = new(new("speaker-1"), DeviceType.Speaker, House.Neighbour);
    private static readonly DeviceRegistration Unbound = new(new("hub-1"), DeviceType.Hub);

    private readonly PostgresDeviceLists _registry = new(database.Source);
    private readonly House _house = new(database.Source);

    public async ValueTask InitializeAsync() => await _house.Run("truncate grain_state, devices, rules, subscribers");

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task Devices_are_listed_as_they_were_registered()
    {
        await _house.Registered(Smoke, "hash");
        await _house.Registered(Speaker);

        var all = (await _registry.List(new(), Paging.First, default)).Items;

        Assert.Equal([new(Speaker, House.Noon, null), new(Smoke, House.Noon, null)], all);
    }

    [Fact]
    public async Task Devices_are_filtered_and_a_partner_sees_only_his_own()
    {
        foreach (var device in new[] { Smoke, Speaker, Unbound })
            await _house.Registered(device);

        Assert.Equal([Smoke.DeviceId], await Ids(new(Type: DeviceType.SensorSmoke)));
        Assert.Equal([Smoke.DeviceId], await Ids(new(Msisdn: House.Owner)));
        Assert.Equal([Smoke.DeviceId], await Ids(new(Room: "kitchen")));
        Assert.Equal([Smoke.DeviceId], await Ids(new(Vendor: "Acme")));
        Assert.Equal([Speaker.DeviceId], await Ids(new(Subscribers: [House.Neighbour])));
        Assert.Empty(await Ids(new(Msisdn: House.Owner, Subscribers: [House.Neighbour])));
        Assert.Empty(await Ids(new(Subscribers: [])));
        Assert.Equal(3, (await Ids(new())).Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pages_give_each_device_once_while_new_ones_arrive(bool ofPartner)
    {
        for (var n = 0; n < 10; n++)
            await _house.Registered(Smoke with { DeviceId = new($"smoke-{n}") });
        var added = 0;

        var read = await Paging.All(
            page => _registry.List(new(Subscribers: ofPartner ? [House.Owner] : null), page, default),
            limit: 3,
            between: () => _house.Registered(Smoke with { DeviceId = new($"new-{added++}") })
        );

        Assert.Equal(
            Enumerable.Range(0, 10).Reverse().Select(n => $"smoke-{n}"),
            read.Select(record => record.Device.DeviceId.Value)
        );
    }

    [Fact]
    public async Task A_partner_sees_the_rules_of_his_numbers_and_of_the_devices_of_his_numbers()
    {
        await _house.Registered(Smoke);
        await _house.Registered(Speaker);
        var ofNumber = await Kept("of-number", new(Msisdn: House.Owner));
        var ofDevice = await Kept("of-device", new(DeviceId: Smoke.DeviceId));
        var ofNeighbour = await Kept("of-neighbour", new(DeviceId: Speaker.DeviceId));
        var ofAll = await Kept("of-all", new(DeviceType: DeviceType.SensorSmoke));

        Assert.Equal([ofDevice.RuleId, ofNumber.RuleId], await Rules([House.Owner]));
        Assert.Equal([ofNeighbour.RuleId], await Rules([House.Neighbour]));
        Assert.Empty(await Rules([]));
        Assert.Equal([ofAll.RuleId, ofNeighbour.RuleId, ofDevice.RuleId, ofNumber.RuleId], await Rules(null));
    }

    [Fact]
    public async Task Subscribers_are_those_that_somebody_has_settled()
    {
        var owner = new SubscriberBox { Settings = new("Anna"), Devices = [new(Smoke.DeviceId, CanRing: false)] };
        await _house.Keep("subscriber", "s:" + House.Owner.Digits, House.Text(owner));
        await _house.Keep("subscriber", "s:" + House.Neighbour.Digits, House.Text(new SubscriberBox()));

        var found = Assert.Single((await _registry.Subscribers(null, Paging.First, default)).Items);

        Assert.Equal((House.Owner, "Anna"), (found.Msisdn, found.Settings.DisplayName));
        Assert.Equal([Smoke.DeviceId], found.Devices);
        Assert.Single((await _registry.Subscribers([House.Owner], Paging.First, default)).Items);
        Assert.Empty((await _registry.Subscribers([House.Neighbour], Paging.First, default)).Items);
    }

    private async Task<Rule> Kept(string id, RuleScope scope)
    {
        var rule = new Rule(new(id), "Fire", "smoke", scope, [new CallAction([House.Owner])]);
        await _house.Keep("rule", "r:" + id, $$"""{"rule": {{House.Text(rule)}}, "placed": true}""");
        return rule;
    }

    private async Task<DeviceId[]> Ids(DeviceFilter filter) =>
        [.. (await _registry.List(filter, Paging.First, default)).Items.Select(record => record.Device.DeviceId)];

    private async Task<RuleId[]> Rules(Msisdn[]? subscribers) =>
        [.. (await _registry.Rules(subscribers, Paging.First, default)).Items.Select(rule => rule.RuleId)];
}
