using System.Text.Json;
using IotOrleans.Journal;
using IotOrleans.Postgres;
using IotOrleans.Rules;
using IotOrleans.Subscribers;
using Npgsql;

namespace IotOrleans.Devices;

/// <summary>The registry, read from the tables that are made of the grains' state.</summary>
public sealed class PostgresDeviceLists(NpgsqlDataSource database) : IDeviceLists
{
    // A rule about a device is the business of the number that the device belongs to.
    private const string DevicesOfEach = """
        select d.device_id as key from (select distinct unnest(?::text[]) as number) as numbers
        join devices d on d.msisdn = numbers.number
        """;

    public Task<Page<DeviceRecord>> List(DeviceFilter filter, PageRequest page, CancellationToken cancellation) =>
        new Listing("devices", "seq, registration, registered_at, changed_at")
            .Among(Numbers.Each, Numbers.Plain(filter.Subscribers), "msisdn")
            .By("msisdn", filter.Msisdn?.Digits)
            .By("room", filter.Room)
            .By("vendor", filter.Vendor)
            .By("type", filter.Type is { } type ? Rows.Word(type) : null)
            .Read(database, page, ReadDevice, cancellation);

    public Task<Page<Rule>> Rules(Msisdn[]? subscribers, PageRequest page, CancellationToken cancellation) =>
        new Listing("rules", "seq, rule")
            .Among(Numbers.Each, Numbers.Plain(subscribers), "msisdn")
            .Among(DevicesOfEach, Numbers.Plain(subscribers), "device_id")
            .Read(database, page, reader => Parse<Rule>(reader, 1), cancellation);

    public Task<Page<SubscriberRecord>> Subscribers(Msisdn[]? only, PageRequest page, CancellationToken cancellation) =>
        new Listing("subscribers", "seq, msisdn, settings, devices")
            .Among(Numbers.Each, Numbers.Plain(only), "msisdn")
            .Where("settings is not null")
            .Read(database, page, ReadSubscriber, cancellation);

    private static DeviceRecord ReadDevice(NpgsqlDataReader reader) =>
        new(
            Parse<DeviceRegistration>(reader, 1),
            reader.GetFieldValue<DateTimeOffset>(2),
            reader.Maybe<DateTimeOffset>(3)
        );

    private static SubscriberRecord ReadSubscriber(NpgsqlDataReader reader) =>
        new(
            new(reader.GetString(1)),
            Parse<SubscriberSettings>(reader, 2),
            [.. reader.GetFieldValue<string[]>(3).Select(id => new DeviceId(id))]
        );

    private static T Parse<T>(NpgsqlDataReader reader, int column) =>
        JsonSerializer.Deserialize<T>(reader.GetString(column), GrainStateJson.Options)!;
}
