using IotOrleans.Feed;

namespace IotOrleans.Retention;

/// <summary>
/// A kind of rows that become old, and the statement that removes a batch of them. $1 is the number after which it
/// looks, $2 the time before which a row is old, $3 the number up to which all readers have read, $4 now; "{size}" is
/// how many rows it looks at. It answers the last number it has seen, how many of what it saw were old, and how many
/// are gone of each of the tables.
/// </summary>
/// <param name="Readers">Those of these kinds have to have read it.</param>
internal sealed record OldRows(string[] Tables, string Sql, FeedKind[]? Readers = null)
{
    // An incident goes with its legs, which are some each: they are named after it, and one that came anew would meet
    // them.
    public static readonly OldRows Incidents = new(
        ["incidents", "calls"],
        """
        with seen as materialized (
            select seq, opened_at < $2 as is_old from incidents where seq > $1 order by seq limit {size} / 5
        ), old as (
            select i.incident_id from incidents i join seen using (seq)
            where seen.is_old and i.closed_at < $2 and i.due_at is null
              and not exists (select from calls c where c.incident_id = i.incident_id and c.due_at is not null)
              and not exists (select from postings p where p.incident_id = i.incident_id and p.due_at is not null)
              and not exists (select from closed_incidents d where d.incident_id = i.incident_id and d.seq > $3)
            for update of i skip locked
        ), gone as (
            delete from incidents i using old where i.incident_id = old.incident_id returning i.incident_id
        ), told as (
            delete from closed_incidents d using old where d.incident_id = old.incident_id
        ), legs as (
            delete from calls c using old where c.incident_id = old.incident_id returning c.call_id
        )
        select (select max(seq) from seen), (select count(*) from seen where is_old),
               (select count(*) from gone), (select count(*) from legs)
        """,
        [FeedKind.IncidentClosed]
    );

    public static readonly OldRows Calls = new(
        ["calls"],
        """
        with seen as materialized (
            select seq, started_at < $2 as is_old from calls where seq > $1 order by seq limit {size}
        ), old as (
            select c.call_id from calls c join seen using (seq)
            where seen.is_old and c.due_at is null
              and not exists (select from incidents i where i.incident_id = c.incident_id)
            for update of c skip locked
        ), gone as (
            delete from calls c using old where c.call_id = old.call_id returning c.call_id
        )
        select (select max(seq) from seen), (select count(*) from seen where is_old), (select count(*) from gone)
        """
    );

    public static readonly OldRows Postings = new(
        ["postings"],
        """
        with seen as materialized (
            select seq, created_at < $2 as is_old from postings where seq > $1 order by seq limit {size}
        ), old as (
            select p.posting_id from postings p join seen using (seq)
            where seen.is_old and p.due_at is null
              and not exists (select from incidents i where i.incident_id = p.incident_id and i.due_at is not null)
            for update of p skip locked
        ), gone as (
            delete from postings p using old where p.posting_id = old.posting_id returning p.posting_id
        )
        select (select max(seq) from seen), (select count(*) from seen where is_old), (select count(*) from gone)
        """
    );

    // After its incidents: while one of them is there, a repeat must be known for one.
    public static readonly OldRows Events = new(
        ["events"],
        """
        with seen as materialized (
            select seq, event_id, device_id, received_at < $2 as is_old from events
            where seq > $1 and seq <= $3 order by seq limit {size}
        ), gone as (
            delete from events e using seen
            where e.seq = seen.seq and seen.is_old
              and not exists (
                  select from incidents i where i.event_id = seen.event_id and i.device_id = seen.device_id)
            returning e.seq, e.device_id, e.event_type, e.edge
        ), kept as (
            insert into last_edges as l (device_id, event_type, seq, edge)
            select distinct on (device_id, event_type) device_id, event_type, seq, edge from gone
            where edge is not null and exists (select from devices d where d.device_id = gone.device_id)
            order by device_id, event_type, seq desc
            on conflict (device_id, event_type) do update set seq = excluded.seq, edge = excluded.edge
                where l.seq < excluded.seq
        )
        select (select max(seq) from seen), (select count(*) from seen where is_old), (select count(*) from gone)
        """,
        [FeedKind.Event]
    );
}
