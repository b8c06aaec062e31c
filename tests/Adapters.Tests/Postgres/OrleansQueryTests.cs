using System.Text;
using IotOrleans.Tests;
using Npgsql;

namespace IotOrleans.Postgres;

/// <summary>What the providers of storage and reminders ask of orleansquery, asked in their way.</summary>
public sealed class OrleansQueryTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    // Each provider refuses to start when one of its keys is missing.
    private static readonly string[] Demanded =
    [
        "CleanupDefunctSiloEntriesKey",
        "ClearStorageKey",
        "DeleteMembershipTableEntriesKey",
        "DeleteReminderRowKey",
        "DeleteReminderRowsKey",
        "DeleteStorageKey",
        "GatewaysQueryKey",
        "InsertMembershipKey",
        "InsertMembershipVersionKey",
        "MembershipReadAllKey",
        "MembershipReadRowKey",
        "ReadFromStorageKey",
        "ReadRangeRows1Key",
        "ReadRangeRows2Key",
        "ReadReminderRowKey",
        "ReadReminderRowsKey",
        "UpdateIAmAlivetimeKey",
        "UpdateMembershipKey",
        "UpsertReminderRowKey",
        "WriteToStorageKey",
    ];

    private NpgsqlConnection _one = null!;
    private NpgsqlConnection _other = null!;

    public async ValueTask InitializeAsync() =>
        (_one, _other) = (await database.Source.OpenConnectionAsync(), await database.Source.OpenConnectionAsync());

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task Every_statement_that_a_provider_demands_is_there_and_no_other()
    {
        await using var look = database.Source.CreateCommand(
            "select array_agg(querykey order by querykey) from orleansquery"
        );

        Assert.Equal(Demanded, (string[])(await look.ExecuteScalarAsync())!);
    }

    [Fact]
    public async Task A_state_is_written_read_cleared_and_deleted()
    {
        Assert.Empty(await Storage(_one, "ReadFromStorageKey", "d:a").Rows());
        Assert.Equal(1, await Write(_one, "d:a", null, """{"a":1}"""));
        Assert.Equal(2, await Write(_one, "d:a", 1, """{"a":2}"""));
        var row = Assert.Single(await Storage(_one, "ReadFromStorageKey", "d:a").Rows());
        Assert.Equal("""{"a": 2}""", Encoding.UTF8.GetString((byte[])row["PayloadBinary"]!));
        Assert.Equal(2, row["Version"]);

        var cleared = Assert.Single(
            await Storage(_one, "ClearStorageKey", "d:a").With<int?>("GrainStateVersion", 2).Rows()
        );
        Assert.Equal(3, cleared.Values.First());
        Assert.Null(Assert.Single(await Storage(_one, "ReadFromStorageKey", "d:a").Rows())["PayloadBinary"]);

        Assert.Empty(await Storage(_one, "DeleteStorageKey", "d:a").With<int?>("GrainStateVersion", 2).Rows());
        var deleted = Assert.Single(
            await Storage(_one, "DeleteStorageKey", "d:a").With<int?>("GrainStateVersion", 3).Rows()
        );
        Assert.Equal(4, deleted.Values.First());
        Assert.Empty(await Storage(_one, "ReadFromStorageKey", "d:a").Rows());
    }

    [Theory]
    [InlineData(null)]
    [InlineData(7)]
    public async Task A_write_on_a_version_that_is_not_the_stored_one_gives_no_row(int? version)
    {
        var key = $"d:stale-{version}";
        await Write(_one, key, null, "{}");

        Assert.Null(await Write(_other, key, version, "{}"));
    }

    [Fact]
    public async Task The_second_of_two_first_writes_waits_and_is_refused_and_one_row_is_left()
    {
        await using var open = await _one.BeginTransactionAsync();
        Assert.Equal(1, await Write(_one, "d:race", null, """{"by":1}"""));
        var second = Write(_other, "d:race", null, """{"by":2}""");
        await database.UntilSomebodyWaits();
        await open.CommitAsync();

        Assert.Null(await second);
        Assert.Single(await Storage(_one, "ReadFromStorageKey", "d:race").Rows());
    }

    [Fact]
    public async Task A_bare_number_has_no_text_and_is_still_unique()
    {
        Assert.Equal(1, await Write(_one, null, null, "{}"));
        Assert.Null(await Write(_one, null, null, "{}"));
        Assert.Equal(1, await Write(_one, "", null, "{}"));
        Assert.Equal(2, await Write(_one, null, 1, "{}"));
        Assert.Single(await Storage(_one, "ReadFromStorageKey", null).Rows());
    }

    [Fact]
    public async Task A_reminder_row_counts_its_versions_from_zero_and_takes_a_period_of_months()
    {
        Assert.Equal(0, await Remind(60_000));
        Assert.Equal(1, await Remind((long)int.MaxValue + 1));
        var row = Assert.Single(await Reminder("ReadReminderRowKey").With("ReminderName", "dim").Rows());
        Assert.Equal((long)int.MaxValue + 1, Convert.ToInt64(row["Period"], null));
        Assert.Equal(DateTimeKind.Utc, ((DateTime)row["StartTime"]!).Kind);
        Assert.Equal(("device/r1", "dim", 1), (row["GrainId"], row["ReminderName"], row["Version"]));

        Assert.False(await Reminder("DeleteReminderRowKey").With("ReminderName", "dim").With("Version", 0).Answer());
        Assert.True(await Reminder("DeleteReminderRowKey").With("ReminderName", "dim").With("Version", 1).Answer());
        Assert.Empty(await Reminder("ReadReminderRowsKey").Rows());
    }

    private async Task<int> Remind<T>(T period)
    {
        var upsert = Reminder("UpsertReminderRowKey").With("ReminderName", "dim").With("GrainHash", 5);
        var row = Assert.Single(await upsert.With("StartTime", DateTime.UnixEpoch).With("Period", period).Rows());
        return (int)row["Version"]!;
    }

    private ProviderCall Reminder(string key) =>
        new ProviderCall(_one, key).With("ServiceId", "house").With("GrainId", "device/r1");

    private static async Task<int?> Write(NpgsqlConnection connection, string? key, int? version, string payload)
    {
        var write = Storage(connection, "WriteToStorageKey", key).With("GrainStateVersion", version);
        var rows = await write.With("PayloadBinary", Encoding.UTF8.GetBytes(payload)).Rows();
        return (int?)rows.SingleOrDefault()?["NewGrainStateVersion"];
    }

    private static ProviderCall Storage(NpgsqlConnection connection, string query, string? key) =>
        new ProviderCall(connection, query)
            .With("GrainIdHash", 1)
            .With("GrainIdN0", 0L)
            .With("GrainIdN1", 0L)
            .With("GrainTypeHash", 2)
            .With("GrainTypeString", "lamp")
            .With("GrainIdExtensionString", key)
            .With("ServiceId", "house");
}
