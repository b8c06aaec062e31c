using IotOrleans.Postgres;
using Npgsql;

namespace IotOrleans.Masks;

/// <summary>Masked calls of SIP servers, as the call records they are.</summary>
public sealed class PostgresMaskedCalls(NpgsqlDataSource database, Replica replica) : IMaskedCallLog
{
    private const string Insert = """
        insert into cdrs (call_id, direction, from_number, to_number, hangup_cause, started_at, answered_at, ended_at,
                          duration_seconds, billable_seconds, trace_id)
        values ($1, 'inbound', $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (call_id) do nothing
        """;

    public async Task<Refusal> Write(MaskedCallReport report, CancellationToken cancellation)
    {
        var id = NamedId.Of("sip-call", report.SipCallId, report.Shown.Digits);
        var written = await Select.Run(
            database,
            Insert,
            cancellation,
            id,
            report.From,
            report.Shown.ToString(),
            report.Cause,
            report.StartedAt,
            report.AnsweredAt,
            report.EndedAt,
            (int)(report.EndedAt - report.StartedAt).TotalSeconds,
            report.AnsweredAt is { } answered ? (int)Math.Ceiling((report.EndedAt - answered).TotalSeconds) : 0,
            id.ToString("N")
        );
        await replica.Wrote();
        return written == 1 ? Refusal.None : Refusal.AlreadyDone;
    }
}
