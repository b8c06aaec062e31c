-- What happened and what was ordered. One group commit writes all four; screens read them, grains own the rows.

create table events (
    seq         bigint generated always as identity,
    event_id    text        not null,
    device_id   text        not null,
    event_type  text        not null,
    msisdn      text,
    occurred_at timestamptz not null,
    received_at timestamptz not null,
    payload     json        not null,
    incidents   uuid[]      not null,
    explanation json,
    trace_id    text        not null,
    derived     boolean     not null,
    -- True or false when the device said that a state begins or ends; null for a plain happening.
    edge        boolean,
    -- The ids are the devices' own: one device must not be able to use up the ids of another.
    primary key (event_id, device_id)
);
create unique index events_seq on events (seq);
create index events_device on events (device_id, seq);

create table incidents (
    incident_id uuid primary key,
    seq         bigint generated always as identity,
    rule_id     text        not null,
    event_id    text        not null,
    device_id   text        not null,
    event_type  text        not null,
    msisdn      text,
    status      text        not null,
    opened_at   timestamptz not null,
    closed_at   timestamptz,
    -- When somebody must look again whatever happens; null once it is closed.
    due_at      timestamptz,
    -- Grows by one with every write: a stale owner's write finds another number and is refused.
    version     integer     not null,
    state       json        not null
);
create unique index incidents_seq on incidents (seq);
create index incidents_device on incidents (device_id, seq);
create index incidents_event on incidents (event_id);
create index incidents_due on incidents (due_at) where due_at is not null;

create table calls (
    call_id     uuid primary key,
    seq         bigint generated always as identity,
    direction   text        not null,
    from_number text        not null,
    to_number   text        not null,
    phase       text        not null,
    incident_id uuid,
    started_at  timestamptz not null,
    due_at      timestamptz,
    version     integer     not null,
    state       json        not null
);
create unique index calls_seq on calls (seq);
create index calls_to on calls (to_number, seq);
create index calls_from on calls (from_number, seq);
create index calls_incident on calls (incident_id) where incident_id is not null;
create index calls_due on calls (due_at) where due_at is not null;

create table cdrs (
    call_id          uuid primary key,
    seq              bigint generated always as identity,
    direction        text        not null,
    from_number      text        not null,
    to_number        text        not null,
    hangup_cause     text        not null,
    incident_id      uuid,
    device_id        text,
    event_id         text,
    started_at       timestamptz not null,
    answered_at      timestamptz,
    ended_at         timestamptz not null,
    duration_seconds integer     not null,
    billable_seconds integer     not null,
    answered_by      text,
    trace_id         text        not null
);
create unique index cdrs_seq on cdrs (seq);
create index cdrs_to on cdrs (to_number, seq);
create index cdrs_from on cdrs (from_number, seq);
create index cdrs_ended on cdrs (ended_at);

-- A closed record stays as it was written, whoever holds the database password of the product.
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
create trigger cdrs_append_only before update or delete on cdrs for each row execute function refuse_change();
