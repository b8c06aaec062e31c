-- What a switch itself says of calls that had not ended for us when it said so: the last word on how they did.

create table switch_cdrs (
    call_id      uuid primary key,
    switch       text        not null,
    hangup_cause text        not null,
    started_at   timestamptz not null,
    answered_at  timestamptz,
    ended_at     timestamptz not null,
    received_at  timestamptz not null default now()
);
