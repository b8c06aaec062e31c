-- What is told to the world outside and must arrive: SMS both ways, and webhooks. Grains own the rows, as with calls.
create table postings (
    posting_id  uuid primary key,
    seq         bigint generated always as identity,
    kind        text        not null,
    target      text        not null,
    sender      text,
    status      text        not null,
    incident_id uuid,
    created_at  timestamptz not null,
    -- When it is tried again, or somebody must look; null once it has come to something.
    due_at      timestamptz,
    version     integer     not null,
    state       json        not null
);
create unique index postings_seq on postings (seq);
create index postings_due on postings (due_at) where due_at is not null;
create index postings_target on postings (target, seq);
create index postings_sender on postings (sender, seq) where sender is not null;
create index postings_failed on postings (seq) where status in ('failed', 'unknown');
