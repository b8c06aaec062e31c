using IotOrleans.Calls;
using Npgsql;

namespace IotOrleans.Postgres;

/// <summary>Records of switches; the first one of a call counts.</summary>
public sealed class PostgresSwitchCdrs(NpgsqlDataSource database) : ISwitchCdrs
{
    private const string KeepSql = """
        insert into switch_cdrs (call_id, switch, hangup_cause, started_at, answered_at, ended_at)
        select call_id, $2, $3, $4, $5::timestamptz, $6 from calls where call_id = $1 and phase <> 'ended'
        on conflict (call_id) do update set received_at = switch_cdrs.received_at
        """;

    private const string FindSql = """
        select call_id, switch, hangup_cause, started_at, answered_at, ended_at from switch_cdrs where call_id = $1
        """;

    public async Task<bool> Keep(SwitchCdr record, CancellationToken cancellation) =>
        await Select.Run(
            database,
            KeepSql,
            cancellation,
            record.CallId.Value,
            record.Switch,
            record.HangupCause,
            record.StartedAt,
            record.AnsweredAt,
            record.EndedAt
        ) > 0;

    public Task<SwitchCdr?> Find(CallId call) =>
        Select.One(database, FindSql, Read, CancellationToken.None, call.Value);

    private static SwitchCdr Read(NpgsqlDataReader row) =>
        new(
            new(row.GetGuid(0)),
            row.GetString(1),
            row.GetString(2),
            row.GetFieldValue<DateTimeOffset>(3),
            row.Maybe<DateTimeOffset>(4),
            row.GetFieldValue<DateTimeOffset>(5)
        );
}
