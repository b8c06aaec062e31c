using IotOrleans.Access;
using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Incidents;
using IotOrleans.Masks;
using IotOrleans.Subscribers;
using IotOrleans.Tests;
using Npgsql;

namespace IotOrleans.Postgres;

/// <summary>
/// What is rare lies at the beginning of large tables, where a list that goes through the newest rows reads them all.
/// The database counts what is really read, also after it has made up its mind about a prepared statement.
/// </summary>
public sealed class ListCostTests(ListCostTests.LargeDatabase database) : IClassFixture<ListCostTests.LargeDatabase>
{
    private const int Rows = 5_000;
    private const int ReadMost = 60;

    private static readonly Msisdn Shown = new("78000000000");
    private static readonly Msisdn Real = new("79260000000");
    private static readonly PageRequest Page = new(20, null);
    private static readonly string[] Tables = ["events", "incidents", "calls", "cdrs", "devices", "rules", "masks"];

    public static TheoryData<string> Lists => [.. Each(null!).Keys];

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task A_list_reads_little_more_than_it_shows(string name)
    {
        await using var one = NpgsqlDataSource.Create(
            database.ConnectionString
                + ";Maximum Pool Size=1;Max Auto Prepare=64;No Reset On Close=true"
                + ";Options=-c random_page_cost=1.1"
        );
        var list = Each(one)[name];

        for (var time = 0; time < 12; time++)
        {
            var before = await Read(one);
            var found = await list();
            var after = await Read(one);

            Assert.InRange(found, 1, 20);
            Assert.Equal(before.Scans, after.Scans);
            Assert.InRange(after.Tuples - before.Tuples, 1, ReadMost);
        }
    }

    private static Dictionary<string, Func<Task<int>>> Each(NpgsqlDataSource source)
    {
        var events = new PostgresEventLogs(source);
        var incidents = new PostgresIncidentLists(source);
        var calls = new PostgresCallLists(source);
        var registry = new PostgresDeviceLists(source);
        var access = new PostgresAccess(source);
        var masks = new PostgresMasks(source, Replica.Without(source), new(), TimeProvider.System);
        Msisdn[] both = [House.Owner, House.Stranger];
        return new()
        {
            ["events"] = async () => (await events.List(new(), Page, default)).Items.Length,
            ["events of a device"] = async () =>
                (await events.List(new(Device: new("rare")), Page, default)).Items.Length,
            ["events of a partner"] = async () =>
                (await events.List(new(Subscribers: both), Page, default)).Items.Length,
            ["incidents"] = async () => (await incidents.List(new(), Page, default)).Items.Length,
            ["incidents of a device"] = async () =>
                (await incidents.List(new(Device: new("rare")), Page, default)).Items.Length,
            ["incidents that failed"] = async () =>
                (await incidents.List(new(IncidentStatus.Failed), Page, default)).Items.Length,
            ["incidents that run"] = async () =>
                (await incidents.List(new(IncidentStatus.Running), Page, default)).Items.Length,
            ["incidents of a partner"] = async () =>
                (await incidents.List(new(Subscribers: both), Page, default)).Items.Length,
            ["calls"] = async () => (await calls.List(new(), Page, default)).Items.Length,
            ["calls of a number"] = async () => (await calls.List(new(House.Owner), Page, default)).Items.Length,
            ["calls of a partner"] = async () => (await calls.List(new(Subscribers: both), Page, default)).Items.Length,
            ["calls that ring"] = async () =>
                (await calls.List(new(Phase: CallPhase.Ringing), Page, default)).Items.Length,
            ["calls of an incident"] = async () =>
                (await calls.List(new(Incident: new(LargeDatabase.Incident)), Page, default)).Items.Length,
            ["cdrs"] = async () => (await calls.Cdrs(new(), Page, default)).Items.Length,
            ["cdrs of a number"] = async () => (await calls.Cdrs(new(House.Owner), Page, default)).Items.Length,
            ["cdrs of a partner"] = async () => (await calls.Cdrs(new(Subscribers: both), Page, default)).Items.Length,
            ["cdrs exported of a day"] = () => Export(calls, new(From: House.Noon, To: House.Noon.AddSeconds(1))),
            ["devices"] = async () => (await registry.List(new(), Page, default)).Items.Length,
            ["devices of a type"] = async () =>
                (await registry.List(new(DeviceType.Doorphone), Page, default)).Items.Length,
            ["devices in a room"] = async () => (await registry.List(new(Room: "rare"), Page, default)).Items.Length,
            ["devices of a vendor"] = async () =>
                (await registry.List(new(Vendor: "rare"), Page, default)).Items.Length,
            ["devices of a partner"] = async () =>
                (await registry.List(new(Subscribers: both), Page, default)).Items.Length,
            ["rules"] = async () => (await registry.Rules(null, Page, default)).Items.Length,
            ["rules of a partner"] = async () => (await registry.Rules(both, Page, default)).Items.Length,
            ["masks"] = async () => (await masks.List(new(), Page, default)).Items.Length,
            ["masks of a shown number"] = async () => (await masks.List(new(Shown), Page, default)).Items.Length,
            ["masks of a real number"] = async () => (await masks.List(new(Real), Page, default)).Items.Length,
            ["masks of a customer"] = async () => (await Of(masks).List(new(), Page, default)).Items.Length,
            ["masks of a customer to the house"] = async () =>
                (await masks.List(new(Customer: new("rare")), Page, default)).Items.Length,
            ["masked calls of a customer"] = async () => (await Of(masks).Calls(null, Page, default)).Items.Length,
            ["a key"] = async () => await access.FindKey("rare", default) is null ? 0 : 1,
        };
    }

    private static IMaskStore Of(PostgresMasks masks) => masks.For(new CustomerId("rare"));

    private static async Task<int> Export(PostgresCallLists calls, CdrFilter filter)
    {
        var count = 0;
        await foreach (var _ in calls.ExportCdrs(filter, default))
            count++;
        return count;
    }

    private static async Task<(long Scans, long Tuples)> Read(NpgsqlDataSource one)
    {
        await using (var flush = one.CreateCommand("select pg_stat_force_next_flush()"))
            await flush.ExecuteNonQueryAsync();
        await using var command = one.CreateCommand(
            """
            select sum(seq_scan)::bigint, sum(seq_tup_read + idx_tup_fetch)::bigint
            from pg_stat_user_tables where relname = any($1)
            """
        );
        command.Parameters.Add(new() { Value = Tables });
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    public sealed class LargeDatabase : TestDatabase, IAsyncLifetime
    {
        public static readonly Guid Incident = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");

        async ValueTask IAsyncLifetime.InitializeAsync()
        {
            await base.InitializeAsync();
            await using (var house = new House(Source))
            {
                await WriteRare(house);
                await Multiply(house);
                await house.Run("vacuum analyze");
            }
            await EverybodyHasCounted();
        }

        // A session tells what it has read a while after it has read it, at the latest when it ends.
        private async Task EverybodyHasCounted()
        {
            Source.Clear();
            await using var alone = NpgsqlDataSource.Create(ConnectionString + ";Maximum Pool Size=1");
            while (await Others(alone) > 0)
                await Task.Yield();
        }

        private static async Task<long> Others(NpgsqlDataSource alone)
        {
            await using var count = alone.CreateCommand(
                """
                select count(*) from pg_stat_activity
                where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
                """
            );
            return (long)(await count.ExecuteScalarAsync())!;
        }

        private static async Task WriteRare(House house)
        {
            await house.Happened(House.Owner, "rare", "rare");
            await house.Opened(House.Owner, IncidentStatus.Failed, "rare");
            await house.Opened(House.Owner, IncidentStatus.Running, "rare");
            await house.Called(House.Owner.ToString(), House.Stranger.ToString(), new(Incident));
            await house.Run("update calls set phase = 'ringing'");
            await house.Ended(House.Stranger.ToString(), House.Owner.ToString(), House.Noon);
            await house.Run("insert into masks (real, shown) values (79260000000, 78000000000)");
            await house.Run(
                """
                insert into customers values ('rare', default, 'Rare');
                insert into mask_pools values ('rare', 78100000000, 78100000009, '2020-01-01', 'rare');
                insert into masks (real, shown, customer_id) values (79260000000, 78100000000, 'rare');
                insert into cdrs (call_id, direction, from_number, to_number, hangup_cause, started_at, ended_at,
                                  duration_seconds, billable_seconds, trace_id)
                select gen_random_uuid(), 'inbound', from_number, '+78100000000', hangup_cause, started_at, ended_at,
                       1, 1, trace_id
                from cdrs limit 1
                """
            );
            var door = new DeviceRegistration(new("rare"), DeviceType.Doorphone, House.Owner, "rare", Room: "rare");
            await house.Registered(door, "rare");
            await house.Run(
                """
                insert into rules (rule_id, event_type, msisdn, device_id, enabled, placed, rule)
                select id, 'smoke', msisdn, device, true, true,
                       json_build_object('rule_id', id, 'name', id, 'event_type', 'smoke',
                                         'scope', json_build_object('device_id', 'rare'), 'actions', '[]'::json)
                from (values ('r1', '79160000010', null), ('r2', null, 'rare')) as rare (id, msisdn, device)
                """
            );
        }

        // Thousands of common rows after the rare ones, which differ from them in all that can be asked for.
        private static async Task Multiply(House house)
        {
            var numbers = $"generate_series(1, {Rows}) as n";
            await house.Run(
                $"""
                insert into events (event_id, device_id, event_type, msisdn, occurred_at, received_at, payload,
                                    incidents, trace_id, derived)
                select 'm' || n, 'd' || n % 50, 'smoke', '7917' || n % 50, now(), now(), payload,
                       incidents, trace_id, false
                from {numbers}, (select * from events limit 1) as one;
                insert into incidents (incident_id, rule_id, event_id, device_id, event_type, msisdn, status, opened_at,
                                       version, state)
                select gen_random_uuid(), rule_id, event_id, 'd' || n % 50, event_type, '7917' || n % 50, 'completed',
                       now(), 2, state
                from {numbers}, (select * from incidents limit 1) as one;
                insert into calls (call_id, direction, from_number, to_number, phase, incident_id, started_at, version,
                                   state)
                select gen_random_uuid(), direction, '+7917' || n % 50, '+7918' || n % 50, 'ended', gen_random_uuid(),
                       now(), 2, state
                from {numbers}, (select * from calls limit 1) as one;
                insert into cdrs (call_id, direction, from_number, to_number, hangup_cause, started_at, ended_at,
                                  duration_seconds, billable_seconds, trace_id)
                select gen_random_uuid(), direction, '+7917' || n % 50, '+7918' || n % 50, hangup_cause, now(), now(),
                       1, 1, trace_id
                from {numbers}, (select * from cdrs limit 1) as one;
                insert into devices (device_id, type, msisdn, vendor, room, credentials_hash, registered_at,
                                     registration)
                select 'm' || n, 'hub', '7917' || n % 500, 'v', 'kitchen', md5(n::text), now(), registration
                from {numbers}, (select * from devices limit 1) as one;
                insert into rules (rule_id, event_type, msisdn, device_id, enabled, placed, rule)
                select 'm' || n, 'smoke', case when n % 2 = 0 then '7917' || n % 500 end,
                       case when n % 2 = 1 then 'm' || n end, true, true, rule
                from {numbers}, (select * from rules limit 1) as one;
                insert into masks (real, shown, ended_at)
                select 79260000000 + n, 78000000000 + n, case when n % 2 = 0 then now() end from {numbers}
                """
            );
        }
    }
}
