-- What others read on from where they stopped: incidents in the order in which they were closed, subscriptions, and how
-- far each reader has come. Events and CDRs have their numbers already.

create table closed_incidents (
    seq         bigint generated always as identity primary key,
    incident_id uuid not null unique
);

create function note_closed_incident() returns trigger language plpgsql as $$
begin
    insert into closed_incidents (incident_id) values (new.incident_id) on conflict do nothing;
    return null;
end $$;
create trigger incidents_opened_closed after insert on incidents
    for each row when (new.closed_at is not null) execute function note_closed_incident();
create trigger incidents_closed after update on incidents
    for each row when (new.closed_at is not null and old.closed_at is null) execute function note_closed_incident();

create table feed_positions (
    reader text   not null,
    kind   text   not null,
    after  bigint not null,
    primary key (reader, kind)
);

create table subscriptions (
    subscription_id uuid primary key,
    seq             bigint generated always as identity unique,
    owner           text        not null,
    -- Whether the owner is a partner, who hears of those numbers only that are his at the time.
    is_partner      boolean     not null,
    url             text        not null,
    event_types     text[]      not null,
    msisdn          text,
    -- AES-256-GCM: to sign with it, it must be had in clear.
    sealed          bytea       not null,
    created_at      timestamptz not null
);
create index subscriptions_owner on subscriptions (owner, seq);

alter table postings add column subscription_id uuid;
create index postings_subscription on postings (subscription_id)
    where subscription_id is not null and due_at is not null;

-- Parts that are away, told once by whoever saw it first.
create table outages (
    part     text primary key,
    began_at timestamptz not null,
    detail   text
);
