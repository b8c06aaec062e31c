using Npgsql;

namespace IotOrleans.Deploy;

/// <summary>What each role of the shipped database may do once the house has made its tables.</summary>
public sealed class PostgresTests(PostgresHouse house) : IClassFixture<PostgresHouse>
{
    private const string Refused = PostgresErrorCodes.InsufficientPrivilege;

    private static readonly string[] WhatLetsIn = ["api_keys", "device_secrets", "secrets", "users"];
    private static readonly string[] LookUpViews = ["mask_real", "mask_shown", "routing"];

    private readonly string _id = Guid.NewGuid().ToString("N")[..8];

    [Fact]
    public async Task A_house_in_Production_keeps_its_events_there_in_tables_of_its_own_role()
    {
        var key = await Register("button", "+79160000001");
        var pressed = new
        {
            event_id = _id,
            device_id = "button-" + _id,
            event_type = "button",
        };
        await house.Ask(HttpMethod.Post, "events", pressed, key);
        Assert.Equal(["1"], await Rows(house.Server.Owner, $"select count(*) from events where event_id = '{_id}'"));
        Assert.Equal(
            ["iotorleans"],
            await Rows(house.Server.Owner, "select distinct tableowner from pg_tables where schemaname = 'public'")
        );
    }

    [Fact]
    public async Task The_reader_reads_every_table_but_those_that_would_let_it_in()
    {
        await Register("lamp", "+79160000002");
        Assert.Equal(["1"], await Rows(house.Server.Reader, $"select 1 from devices where device_id = 'lamp-{_id}'"));
        Assert.Equal(
            WhatLetsIn,
            await Relations("iotorleans_reader", "not has_table_privilege(@role, c.oid, 'select')")
        );
        foreach (var table in WhatLetsIn)
            await IsRefused(house.Server.Reader, $"select * from {table}");
    }

    [Fact]
    public async Task The_reader_writes_nothing()
    {
        const string Write =
            "has_table_privilege(@role, c.oid, 'insert, update, delete, truncate, references, trigger')";
        Assert.Empty(await Relations("iotorleans_reader", Write));
        foreach (
            var sql in (string[])
                [
                    "insert into key_uses values ('hash', 'lamp', now())",
                    "update devices set room = 'cellar'",
                    "delete from events",
                    "create table mine (a integer)",
                    "create temp table mine (a integer)",
                ]
        )
            await IsRefused(house.Server.Reader, sql);
    }

    [Fact]
    public async Task The_look_up_role_looks_up_what_a_SIP_server_asks_and_reads_nothing_else()
    {
        await Register("speaker", "+79160000003");
        Assert.Equal(
            ["socket"],
            await Rows(house.Server.Lookup, "select action from route_call('89160000003', '+74951234567')")
        );
        Assert.Contains("+79160000003", await Rows(house.Server.Lookup, "select msisdn from routing"));
        Assert.Equal(
            LookUpViews,
            await Relations("iotorleans_lookup", "has_table_privilege(@role, c.oid, 'select, insert, update, delete')")
        );
        Assert.Equal(
            ["e164", "mask_real_of", "mask_shown_of", "route_call"],
            await Rows(
                house.Server.Owner,
                """
                select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef
                and has_function_privilege('iotorleans_lookup', oid, 'execute') order by 1
                """
            )
        );
        foreach (
            var sql in (string[])["select * from devices", "select * from secrets", "create table mine (a integer)"]
        )
            await IsRefused(house.Server.Lookup, sql);
    }

    [Fact]
    public async Task A_stranger_to_the_database_is_refused()
    {
        await Rows(house.Server.Superuser, $"create role stranger_{_id} login password 'known'");
        await IsRefused(house.Server.To("stranger_" + _id, "known"), "select 1");
        await IsRefused(house.Server.To("iotorleans", "guessed"), "select 1", PostgresErrorCodes.InvalidPassword);
        await IsRefused(house.Server.To("nobody_" + _id), "select 1", PostgresErrorCodes.InvalidPassword);
    }

    private async Task<string> Register(string type, string number)
    {
        var device = new
        {
            device_id = $"{type}-{_id}",
            type = type == "speaker" ? type : "other",
            msisdn = number,
        };
        var told = await house.Ask(HttpMethod.Post, "devices", device, house.Token);
        return told.GetProperty("api_key").GetString()!;
    }

    /// <summary>Tables and views of the house of which this is true.</summary>
    private Task<List<string>> Relations(string role, string holds) =>
        Rows(
            house.Server.Owner,
            "select relname from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'p') "
                + $"and {holds.Replace("@role", $"'{role}'", StringComparison.Ordinal)} order by 1"
        );

    private static Task<List<string>> Rows(string connection, string sql) => PostgresHouse.Rows(connection, sql);

    private static async Task IsRefused(string connection, string sql, string state = Refused)
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => Rows(connection, sql));
        Assert.Equal(state, refused.SqlState);
    }
}
