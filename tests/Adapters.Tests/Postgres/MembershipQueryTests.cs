using System.Globalization;
using IotOrleans.Tests;
using Npgsql;

namespace IotOrleans.Postgres;

/// <summary>What the providers of clustering ask of orleansquery, asked in their way.</summary>
public sealed class MembershipQueryTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private const int Active = 3;
    private const int Dead = 6;
    private static readonly DateTime Noon = new(2026, 1, 31, 12, 0, 0, DateTimeKind.Utc);

    private readonly string _cluster = Guid.NewGuid().ToString();
    private NpgsqlConnection _one = null!;
    private NpgsqlConnection _other = null!;

    public async ValueTask InitializeAsync()
    {
        (_one, _other) = (await database.Source.OpenConnectionAsync(), await database.Source.OpenConnectionAsync());
        Assert.True(await Call("InsertMembershipVersionKey").Answer());
    }

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task A_cluster_is_founded_once_and_without_silos_shows_its_version_alone()
    {
        Assert.False(await Call("InsertMembershipVersionKey").Answer());
        foreach (var read in new[] { Call("MembershipReadAllKey"), Silo(_one, "MembershipReadRowKey", 1) })
        {
            var row = Assert.Single(await read.Rows());
            Assert.Null(row["StartTime"]);
            Assert.Equal(0, row["Version"]);
        }
    }

    [Fact]
    public async Task A_silo_joins_on_the_version_that_was_read_and_raises_it()
    {
        Assert.True(await Insert(_one, port: 1, version: 0));
        Assert.False(await Insert(_one, port: 2, version: 0));
        Assert.False(await Insert(_one, port: 1, version: 1));
        Assert.True(await Insert(_one, port: 2, version: 1));

        var silos = await Call("MembershipReadAllKey").Rows();
        Assert.Equal([1, 2], silos.Select(silo => (int)silo["Port"]!).Order());
        Assert.All(silos, silo => Assert.Equal(2, silo["Version"]));
        Assert.All(
            silos,
            silo => Assert.Equal(("silo", "host", Active), (silo["SiloName"], silo["HostName"], silo["Status"]))
        );
    }

    [Fact]
    public async Task A_silo_is_changed_on_the_version_that_was_read_or_nothing_is()
    {
        await Insert(_one, port: 1, version: 0);

        Assert.False(await Update(_one, port: 1, version: 0, Dead));
        Assert.False(await Update(_one, port: 2, version: 1, Dead));
        Assert.Equal(1, (await Read(1))["Version"]);
        Assert.True(await Update(_one, port: 1, version: 1, Dead));

        var silo = await Read(1);
        Assert.Equal((Dead, "127.0.0.1:9@1,2026", 2), (silo["Status"], silo["SuspectTimes"], silo["Version"]));
    }

    [Fact]
    public async Task Of_two_changes_at_the_same_version_the_second_waits_and_is_refused()
    {
        await Insert(_one, port: 1, version: 0);
        await using var open = await _one.BeginTransactionAsync();
        Assert.True(await Insert(_one, port: 2, version: 1));
        var second = Update(_other, port: 1, version: 1, Dead);
        await database.UntilSomebodyWaits();
        await open.CommitAsync();

        Assert.False(await second);
        Assert.Equal((Active, 2), ((await Read(1))["Status"], (await Read(1))["Version"]));
    }

    [Fact]
    public async Task A_sign_of_life_leaves_the_version_alone()
    {
        await Insert(_one, port: 1, version: 0);

        await Silo(_one, "UpdateIAmAlivetimeKey", 1).With("IAmAliveTime", Noon.AddMinutes(1)).Rows();

        var silo = await Read(1);
        Assert.Equal((Noon.AddMinutes(1), 1), (silo["IAmAliveTime"], silo["Version"]));
    }

    [Fact]
    public async Task Gateways_are_the_active_silos_with_a_client_port()
    {
        await Insert(_one, port: 1, version: 0);
        await Insert(_one, port: 2, version: 1, proxyPort: 0);
        await Insert(_one, port: 3, version: 2);
        await Update(_one, port: 3, version: 3, Dead);

        var gateway = Assert.Single(await Call("GatewaysQueryKey").With("Status", Active).Rows());

        Assert.Equal(("10.0.0.1", 30000, 7), (gateway["Address"], gateway["ProxyPort"], gateway["Generation"]));
    }

    [Fact]
    public async Task Clean_up_removes_the_long_dead_and_never_an_active_silo()
    {
        await Insert(_one, port: 1, version: 0);
        await Insert(_one, port: 2, version: 1);
        await Update(_one, port: 2, version: 2, Dead);

        await Call("CleanupDefunctSiloEntriesKey").With("IAmAliveTime", Noon.AddDays(1)).Rows();

        Assert.Equal(1, Assert.Single(await Call("MembershipReadAllKey").Rows())["Port"]);
        await Call("DeleteMembershipTableEntriesKey").Rows();
        Assert.Empty(await Call("MembershipReadAllKey").Rows());
    }

    private ProviderCall Call(string key) => new ProviderCall(_one, key).With("DeploymentId", _cluster);

    private ProviderCall Silo(NpgsqlConnection connection, string key, int port) =>
        new ProviderCall(connection, key)
            .With("DeploymentId", _cluster)
            .With("Address", "10.0.0.1")
            .With("Port", port)
            .With("Generation", 7);

    private async Task<Dictionary<string, object?>> Read(int port) =>
        Assert.Single(await Silo(_one, "MembershipReadRowKey", port).Rows());

    private Task<bool> Insert(NpgsqlConnection connection, int port, int version, int proxyPort = 30000) =>
        Silo(connection, "InsertMembershipKey", port)
            .With("SiloName", "silo")
            .With("HostName", "host")
            .With("Status", Active)
            .With("ProxyPort", proxyPort)
            .With("StartTime", Noon)
            .With("IAmAliveTime", Noon)
            .With("Version", version)
            .Answer();

    private Task<bool> Update(NpgsqlConnection connection, int port, int version, int status) =>
        Silo(connection, "UpdateMembershipKey", port)
            .With("Status", status)
            .With("SuspectTimes", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:9@1,{Noon.Year}"))
            .With("IAmAliveTime", Noon)
            .With("Version", version)
            .Answer();
}
