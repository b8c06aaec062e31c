using IotOrleans.Access;
using IotOrleans.Retention;
using IotOrleans.Tests;
using Npgsql;

namespace IotOrleans.Postgres;

/// <summary>What nobody may change goes only when the operator has said so, and the log says that it went.</summary>
public sealed class OldRecordTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly RetentionOptions Year = new() { CdrDays = 365, AuditDays = 365 };

    private readonly OldHouse _old = new(database.Source);

    public async ValueTask InitializeAsync() =>
        await _old.House.Run("truncate calls, cdrs, switch_cdrs, incidents, events, audit_log, feed_positions");

    public ValueTask DisposeAsync() => _old.DisposeAsync();

    [Fact]
    public async Task By_itself_no_record_goes()
    {
        await _old.Cdr("NORMAL_CLEARING", 9_000);
        await Noted("admin", 9_000);
        await SwitchCdr(9_000);

        await _old.Work();

        Assert.Equal("1 1 1", await _old.Counts("cdrs", "switch_cdrs", "audit_log"));
    }

    [Fact]
    public async Task Old_records_of_calls_go_and_the_audit_log_tells_how_many_and_up_to_when()
    {
        await _old.Cdr("USER_BUSY", 900);
        await _old.Cdr("NO_ANSWER", 366);
        await _old.Cdr("NORMAL_CLEARING", 364);
        var incident = await _old.Incident("runs", 900);
        await _old.House.Run("update incidents set due_at = now()");
        await _old.Cdr("ORIGINATOR_CANCEL", 900, incident);

        await _old.Work(new() { EventDays = 0, CdrDays = 365 });

        Assert.Equal(
            ["NORMAL_CLEARING", "ORIGINATOR_CANCEL"],
            await _old.House.Ask<string[]>("select array_agg(hangup_cause order by 1) from cdrs")
        );
        var told = Assert.Single((await new PostgresAccess(database.Source).AuditLog(Paging.First, default)).Items);
        Assert.Equal(
            new AuditEntry(
                House.Noon,
                "retention",
                "DELETE",
                "cdrs",
                "done",
                null,
                null,
                "2 rows, the last of 2025-11-19T12:00:00Z"
            ),
            told with
            {
                At = House.Noon,
            }
        );
    }

    [Fact]
    public async Task Old_entries_of_the_audit_log_go_and_leave_one_that_says_so()
    {
        await Noted("olga", 400);
        await Noted("admin", 1);

        await _old.Work(Year);

        Assert.Equal(
            ["admin null", "retention 1 rows, the last of 2025-10-16T12:00:00Z"],
            await _old.House.Ask<string[]>(
                "select array_agg(who || ' ' || coalesce(detail, 'null') order by seq) from audit_log"
            )
        );
        await _old.Work(Year);
        Assert.Equal("2", await _old.Counts("audit_log"));
    }

    [Theory]
    [InlineData("delete from cdrs", "cdrs")]
    [InlineData("update cdrs set billable_seconds = 0", "cdrs")]
    [InlineData("set iotorleans.retention = 'on'; update cdrs set billable_seconds = 0", "cdrs")]
    [InlineData("delete from audit_log", "audit_log")]
    [InlineData("set iotorleans.retention = 'on'; update audit_log set who = 'nobody'", "audit_log")]
    public async Task Nobody_else_removes_a_record_also_after_retention_was_at_work_and_it_changes_none(
        string attempt,
        string table
    )
    {
        await _old.Cdr("USER_BUSY", 900);
        await _old.Cdr("NORMAL_CLEARING", 1);
        await Noted("admin", 1);
        // Of one connection: what is let through in a transaction must not be afterwards.
        await using var one = NpgsqlDataSource.Create(
            database.ConnectionString + ";Maximum Pool Size=1;No Reset On Close=true"
        );
        await using var old = new OldHouse(one);
        await old.Work(Year);
        Assert.Equal("1", await _old.Counts("cdrs"));

        await using var command = one.CreateCommand(attempt);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
        Assert.Equal(table + " is append-only", refused.MessageText);
    }

    [Fact]
    public async Task What_a_reader_of_records_has_not_read_waits_for_him()
    {
        await _old.Cdr("USER_BUSY", 366);
        await _old.House.Run("insert into feed_positions select 'crm', 'masked_call', max(seq) from cdrs");
        await _old.Cdr("NO_ANSWER", 366);

        await _old.Work(Year);

        Assert.Equal("NO_ANSWER", await _old.House.Ask<string>("select string_agg(hangup_cause, ' ') from cdrs"));
    }

    [Fact]
    public async Task What_a_switch_told_goes_as_records_do_but_not_of_a_call_that_lives()
    {
        await SwitchCdr(366);
        await SwitchCdr(364);
        var living = await _old.Leg(366);
        await _old.House.Run("update calls set due_at = now()");
        await SwitchCdr(366, living);

        await _old.Work(Year);

        Assert.Equal("2", await _old.Counts("switch_cdrs"));
        Assert.Equal(1, _old.Removed("switch_cdrs"));
    }

    private Task Noted(string who, int daysAgo) =>
        _old.House.Run(
            $"""
            insert into audit_log (at, who, action, target, outcome)
            values ('{_old.At(daysAgo)}', '{who}', 'POST', '/api/v1/users', '201')
            """
        );

    private Task SwitchCdr(int daysAgo, Guid? call = null) =>
        _old.House.Run(
            $"""
            insert into switch_cdrs (call_id, switch, hangup_cause, started_at, ended_at, received_at)
            values ('{call ?? Guid.NewGuid()}', 'fs-1', 'NORMAL_CLEARING', '{_old.At(daysAgo)}', '{_old.At(daysAgo)}',
                    '{_old.At(daysAgo)}')
            """
        );
}
