using IotOrleans.Access;
using IotOrleans.Devices;
using IotOrleans.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace IotOrleans.Postgres;

public sealed class KeyTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    private readonly PostgresAccess _access = new(database.Source);
    private readonly House _house = new(database.Source);

    public async ValueTask InitializeAsync() => await _house.Run("truncate api_keys, devices, grain_state");

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task A_key_is_found_by_its_hash_until_it_is_revoked()
    {
        var hub = new ApiKey("key-1", "hub", Role.Hub, [new("smoke-1"), new("leak-1")], null, Noon);
        await _access.AddKey(hub, "hash-1", default);

        var found = await _access.FindKey("hash-1", default);
        Assert.Equivalent(new Caller("key-1", Role.Hub, hub.DeviceIds), found, strict: true);
        Assert.True(await _access.RevokeKey("key-1", Noon.AddHours(1), default));
        Assert.Null(await _access.FindKey("hash-1", default));
        Assert.Null(await _access.FindKey("key-1", default));
        Assert.False(await _access.RevokeKey("never", Noon, default));
    }

    [Fact]
    public async Task A_key_that_is_revoked_twice_was_revoked_the_first_time()
    {
        await _access.AddKey(Some("key-1"), "hash-1", default);
        await _access.RevokeKey("key-1", Noon.AddHours(1), default);
        await _access.RevokeKey("key-1", Noon.AddHours(2), default);

        Assert.Equal(Noon.AddHours(1), Assert.Single((await Keys()).Items).RevokedAt);
    }

    [Fact]
    public async Task A_partner_key_speaks_for_its_numbers_only()
    {
        var partner = Some("key-1") with { Role = Role.Partner, DeviceIds = null, Subscribers = [House.Owner] };
        await _access.AddKey(partner, "hash-1", default);

        var caller = await _access.FindKey("hash-1", default);

        Assert.True(caller!.MaySee(House.Owner));
        Assert.False(caller.MaySee(House.Neighbour));
    }

    [Fact]
    public async Task A_device_comes_in_with_its_own_key_and_speaks_for_itself()
    {
        await _house.Registered(new(new("smoke-1"), DeviceType.SensorSmoke, House.Owner), "device-hash");

        var caller = await _access.FindKey("device-hash", default);

        Assert.Equivalent(new Caller("smoke-1", Role.Device, [new("smoke-1")]), caller, strict: true);
    }

    [Fact]
    public async Task Two_keys_cannot_have_one_hash()
    {
        await _access.AddKey(Some("key-1"), "hash-1", default);

        await Assert.ThrowsAsync<PostgresException>(() => _access.AddKey(Some("key-2"), "hash-1", default));
    }

    [Fact]
    public async Task Of_a_key_and_a_password_only_the_hash_is_in_the_database()
    {
        // What a key is made of stays with its holder: no column takes it, and none of the tables has more than these.
        Assert.Equal(
            "created_at,customer_id,device_ids,key_hash,key_id,name,revoked_at,role,seq,subscribers",
            await _house.Ask<string>(
                """
                select string_agg(column_name, ',' order by column_name::text collate "C")
                from information_schema.columns where table_name = 'api_keys'
                """
            )
        );
        Assert.DoesNotContain("hash-1", string.Concat((await Keys()).Items.Select(key => key.ToString())));
        Assert.Equal(
            0L,
            await _house.Ask<long>(
                """
                select count(*) from information_schema.columns
                where table_name in ('users', 'api_keys', 'devices') and column_name ~ 'key|password|credential'
                  and column_name !~ 'hash$|^key_id$|_until$'
                """
            )
        );
    }

    [Fact]
    public async Task Keys_are_listed_page_by_page_while_new_ones_are_made()
    {
        for (var n = 0; n < 7; n++)
            await _access.AddKey(Some($"key-{n}"), $"hash-{n}", default);
        var added = 0;

        var read = await Paging.All(
            page => _access.Keys(page, default),
            limit: 2,
            between: () => _access.AddKey(Some($"new-{added}"), $"new-{added++}", default)
        );

        Assert.Equal(Enumerable.Range(0, 7).Reverse().Select(n => $"key-{n}"), read.Select(key => key.KeyId));
    }

    [Fact]
    public async Task Whoever_watches_hears_of_every_change_and_after_each_time_that_the_line_broke()
    {
        using var stop = new CancellationTokenSource();
        using var heard = new SemaphoreSlim(0);
        var changes = new KeyChanges(database.Source, TimeProvider.System, NullLogger<KeyChanges>.Instance);
        var watching = changes.Watch(() => heard.Release(), stop.Token);
        await Hear(heard);

        await _access.AddKey(Some("key-1"), "hash-1", default);
        await Hear(heard);
        await _access.RevokeKey("key-1", Noon, default);
        await Hear(heard);
        await _house.Registered(new(new("smoke-1"), DeviceType.SensorSmoke), "old");
        await _house.Run("""update grain_state set payload = payload || '{"key_hash": "new"}'""");
        await Hear(heard);
        await _house.Run(
            """
            select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and query = 'listen keys_changed'
            """
        );
        await Hear(heard);

        await stop.CancelAsync();
        await watching;
        Assert.NotNull(await _access.FindKey("new", default));
        Assert.Null(await _access.FindKey("old", default));
    }

    private static ApiKey Some(string id) => new(id, "hub", Role.Hub, [new("smoke-1")], null, Noon);

    private Task<Page<ApiKey>> Keys() => _access.Keys(Paging.First, default);

    private static async Task Hear(SemaphoreSlim heard) =>
        Assert.True(await heard.WaitAsync(TimeSpan.FromSeconds(20)), "Nothing was heard.");
}
