-- Number masking: a real number behind a shown one. Numbers are E.164 digits as integers: at most 15 digits fit.

create sequence mask_version;

create table mask_pools (
    name       text primary key,
    from_shown bigint      not null,
    to_shown   bigint      not null,
    created_at timestamptz not null default now(),
    check (from_shown <= to_shown and to_shown - from_shown < 10000000)
);

create table masks (
    mask_id     bigint generated always as identity primary key,
    -- Grows with every change of any mask, in the order of commits: writers hold one lock. Mirrors read on from it.
    version     bigint      not null default nextval('mask_version'),
    real        bigint      not null,
    shown       bigint      not null,
    pool        text,
    note        text,
    created_at  timestamptz not null default now(),
    expires_at  timestamptz,
    ended_at    timestamptz,
    end_reason  text,
    -- Until then the shown number is given to nobody else: people may still call it back.
    rests_until timestamptz,
    calls_max   integer,
    calls_used  integer     not null default 0,
    blocked     bigint[],
    check (real <> shown)
);
create unique index masks_shown on masks (shown) where ended_at is null;
create unique index masks_real on masks (real) where ended_at is null;
create unique index masks_version on masks (version);
create index masks_ended_shown on masks (shown, rests_until) where ended_at is not null;
create index masks_ended_real on masks (real) where ended_at is not null;
create index masks_expiry on masks (expires_at) where ended_at is null and expires_at is not null;

-- Two people who reach each other through one shown number, for a while.
create table mask_sessions (
    session_id bigint generated always as identity primary key,
    version    bigint      not null default nextval('mask_version'),
    a          bigint      not null,
    b          bigint      not null,
    shown      bigint      not null,
    pool       text,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    ended_at   timestamptz,
    end_reason text,
    calls_max  integer,
    calls_used integer     not null default 0,
    check (a <> b and a <> shown and b <> shown)
);
create unique index mask_sessions_a on mask_sessions (shown, a) where ended_at is null;
create unique index mask_sessions_b on mask_sessions (shown, b) where ended_at is null;
create unique index mask_sessions_version on mask_sessions (version);
create index mask_sessions_expiry on mask_sessions (expires_at) where ended_at is null and expires_at is not null;

create function mask_changed() returns trigger language plpgsql as $$
begin
    new.version := nextval('mask_version');
    return new;
end $$;
create trigger masks_version before update on masks for each row execute function mask_changed();
create trigger mask_sessions_version before update on mask_sessions for each row execute function mask_changed();

create function masks_told() returns trigger language plpgsql as $$
begin
    notify masks_changed;
    return null;
end $$;
create trigger masks_told after insert or update on masks for each statement execute function masks_told();
create trigger mask_sessions_told after insert or update on mask_sessions for each statement
    execute function masks_told();

-- How far each process has read. Whoever ends a mask waits until all that live have read it.
create table mask_mirrors (
    node    uuid primary key,
    seen    bigint      not null,
    seen_at timestamptz not null default now()
);

create table mask_imports (
    import_id  uuid primary key,
    seq        bigint generated always as identity,
    status     text        not null,
    created_by text        not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    rows       bigint      not null default 0,
    accepted   bigint      not null default 0,
    unchanged  bigint      not null default 0,
    rejected   bigint      not null default 0,
    detail     text
);
create unique index mask_imports_seq on mask_imports (seq);

create table mask_import_rows (
    import_id  uuid   not null references mask_imports on delete cascade,
    line       bigint not null,
    real       bigint not null,
    shown      bigint not null,
    expires_at timestamptz,
    note       text
);
create index mask_import_rows_import on mask_import_rows (import_id);

create table mask_import_rejects (
    import_id uuid   not null references mask_imports on delete cascade,
    line      bigint not null,
    reason    text   not null,
    text      text
);
create index mask_import_rejects_import on mask_import_rejects (import_id, line);

-- What a telephony server may read when our door is shut: one row by its key, and nothing else.
create view mask_real as
    select '+' || shown as shown, '+' || real as real from masks
    where ended_at is null and (expires_at is null or expires_at > now());
create view mask_shown as
    select '+' || real as real, '+' || shown as shown from masks
    where ended_at is null and (expires_at is null or expires_at > now());

-- Views above make text of numbers, which no index knows; these take digits with or without the plus.
create function mask_real_of(number text) returns text language sql stable security definer set search_path from current as
    $$ select '+' || real from masks where shown = nullif(regexp_replace(number, '\D', '', 'g'), '')::bigint
       and ended_at is null and (expires_at is null or expires_at > now()) $$;
create function mask_shown_of(number text) returns text language sql stable security definer set search_path from current as
    $$ select '+' || shown from masks where real = nullif(regexp_replace(number, '\D', '', 'g'), '')::bigint
       and ended_at is null and (expires_at is null or expires_at > now()) $$;

do $$
begin
    if not exists (select from pg_roles where rolname = 'iot_lookup') then
        create role iot_lookup nologin;
    end if;
exception when insufficient_privilege then
    raise notice 'The role iot_lookup was not made: this user may not make roles.';
when duplicate_object then
    null;
end $$;
do $$
begin
    grant usage on schema public to iot_lookup;
    grant select on mask_real, mask_shown to iot_lookup;
    revoke execute on function mask_real_of(text), mask_shown_of(text) from public;
    grant execute on function mask_real_of(text), mask_shown_of(text) to iot_lookup;
exception when undefined_object then
    null;
end $$;

-- Calls that came in on a shown number. The numbers of one side each; who is behind it stands in the masks.
create view mask_calls as
    select c.* from cdrs c
    where c.direction = 'inbound'
      and case when c.to_number ~ '^\+[0-9]{7,15}$' then
          exists (select from masks m where m.shown = c.to_number::bigint)
          or exists (select from mask_sessions s where s.shown = c.to_number::bigint)
      else false end;
create index mask_sessions_shown on mask_sessions (shown);
