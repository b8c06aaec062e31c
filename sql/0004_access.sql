-- Who may come in, and what they did. Secrets are hashes; the first process that needs the signing secret makes it.

create table users (
    username        text primary key,
    seq             bigint generated always as identity unique,
    role            text        not null,
    password_hash   text        not null,
    -- Changes with password, role or lock: tokens that carry another one are dead.
    stamp           text        not null,
    active          boolean     not null,
    subscribers     text[],
    created_at      timestamptz not null,
    failed_logins   integer     not null default 0,
    last_failure_at timestamptz
);

create table api_keys (
    key_id      text primary key,
    seq         bigint generated always as identity unique,
    key_hash    text        not null unique,
    name        text        not null,
    role        text        not null,
    device_ids  text[],
    subscribers text[],
    created_at  timestamptz not null,
    revoked_at  timestamptz
);

create function tell_keys_changed() returns trigger language plpgsql as $$
begin
    perform pg_notify('keys_changed', '');
    return null;
end $$;
create trigger api_keys_changed after insert or update or delete on api_keys
    for each statement execute function tell_keys_changed();

create table audit_log (
    seq      bigint generated always as identity primary key,
    at       timestamptz not null,
    who      text        not null,
    action   text        not null,
    target   text        not null,
    outcome  text        not null,
    source   text,
    trace_id text,
    detail   text
);
create trigger audit_log_append_only before update or delete on audit_log
    for each row execute function refuse_change();

create table secrets (
    name       text primary key,
    value      bytea       not null,
    created_at timestamptz not null default now()
);

-- A partner sees only what concerns his numbers, an operator above all what is not over (those have a due_at) or went
-- wrong. Every index here is paid for by every event: no others without a measurement.
create index events_msisdn on events (msisdn, seq);
create index incidents_msisdn on incidents (msisdn, seq);
create index incidents_gone_wrong on incidents (status, seq) where status in ('failed', 'cancelled');
create index devices_room on devices (room, seq);
create index devices_vendor on devices (vendor, seq);
create index rules_device on rules (device_id, seq);
