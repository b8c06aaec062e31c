using IotOrleans.Feed;

namespace IotOrleans.Retention;

/// <summary>Records that nobody may change: that they go is a record itself, made in the same transaction.</summary>
internal static class OldRecords
{
    private const string Noted = """
        noted as (
            insert into audit_log (at, who, action, target, outcome, detail)
            select $4, 'retention', 'DELETE', '{table}', 'done', count(*) || ' rows, the last of '
                || to_char(max(time) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
            from gone having count(*) > 0
        )
        select (select max(seq) from seen), (select count(*) from seen where is_old), (select count(*) from gone)
        """;

    public static readonly OldRows Cdrs = new(
        ["cdrs"],
        """
        with seen as materialized (
            select seq, incident_id, ended_at < $2 as is_old from cdrs
            where seq > $1 and seq <= $3 order by seq limit {size}
        ), gone as (
            delete from cdrs c using seen
            where c.seq = seen.seq and seen.is_old
              and not exists (
                  select from incidents i where i.incident_id = seen.incident_id and i.due_at is not null)
            returning c.ended_at as time
        ),

        """ + Noted.Replace("{table}", "cdrs", StringComparison.Ordinal),
        [FeedKind.Cdr, FeedKind.MaskedCall]
    );

    public static readonly OldRows Audit = new(
        ["audit_log"],
        """
        with seen as materialized (
            select seq, at < $2 as is_old from audit_log where seq > $1 order by seq limit {size}
        ), gone as (
            delete from audit_log a using seen where a.seq = seen.seq and seen.is_old returning a.at as time
        ),

        """ + Noted.Replace("{table}", "audit_log", StringComparison.Ordinal)
    );

    // They have no number, and the oldest are found by their time.
    public static readonly OldRows SwitchCdrs = new(
        ["switch_cdrs"],
        """
        with old as (
            select call_id from switch_cdrs s
            where received_at < $2
              and not exists (select from calls c where c.call_id = s.call_id and c.due_at is not null)
            order by received_at limit {size} for update skip locked
        ), gone as (
            delete from switch_cdrs s using old where s.call_id = old.call_id returning s.call_id
        )
        select $1, count(*), count(*) from gone
        """
    );
}
