-- When devices were last heard, for those that must not be silent for long; and two keys of a device at a time.

alter table devices add column old_credentials_hash text, add column old_credentials_until timestamptz;
create index devices_old_credentials on devices (old_credentials_hash) where old_credentials_hash is not null;

-- Written only while a device has two keys, so that a person sees when the old one can go.
create table key_uses (
    key_hash     text primary key,
    device_id    text        not null,
    last_used_at timestamptz not null
);
create index key_uses_device on key_uses (device_id);

create table device_signs (
    device_id        text primary key,
    interval_seconds integer     not null,
    seen_at          timestamptz not null,
    -- The hub that it was last heard through: when that one is silent, nothing is known of those behind it.
    via              text,
    -- What seen_at was when it was told of as offline; null while it is not.
    silent_since     timestamptz,
    back_at          timestamptz
);

-- Since when somebody has been listening without a gap. While nobody did, nobody was silent.
create table listening (
    alone   boolean primary key default true check (alone),
    since   timestamptz not null,
    last_at timestamptz not null
);

create or replace function show_device(state jsonb, id text) returns void language plpgsql as $$
declare
    about jsonb := state -> 'registration';
begin
    if about is null then
        delete from devices where device_id = id;
        delete from device_signs where device_id = id;
        delete from key_uses where device_id = id;
        perform pg_notify('keys_changed', '');
        return;
    end if;
    insert into devices (device_id, type, msisdn, vendor, endpoint, external_id, name, room, zone, metadata,
                         credentials_hash, registered_at, changed_at, registration,
                         old_credentials_hash, old_credentials_until)
    values (id, about ->> 'type', ltrim(about ->> 'msisdn', '+'), about ->> 'vendor', about ->> 'endpoint',
            about ->> 'external_id', about ->> 'name', about ->> 'room', about ->> 'zone', about -> 'metadata',
            state ->> 'key_hash', (state ->> 'registered_at')::timestamptz, (state ->> 'changed_at')::timestamptz, about,
            state ->> 'old_key_hash', (state ->> 'old_key_until')::timestamptz)
    on conflict (device_id) do update
        set type = excluded.type, msisdn = excluded.msisdn, vendor = excluded.vendor, endpoint = excluded.endpoint,
            external_id = excluded.external_id, name = excluded.name, room = excluded.room, zone = excluded.zone,
            metadata = excluded.metadata, credentials_hash = excluded.credentials_hash,
            registered_at = excluded.registered_at, changed_at = excluded.changed_at,
            registration = excluded.registration, old_credentials_hash = excluded.old_credentials_hash,
            old_credentials_until = excluded.old_credentials_until;
    if about ->> 'reports_every_seconds' is null then
        delete from device_signs where device_id = id;
    else
        insert into device_signs (device_id, interval_seconds, seen_at)
        values (id, (about ->> 'reports_every_seconds')::integer, now())
        on conflict (device_id) do update set interval_seconds = excluded.interval_seconds;
    end if;
    if state ->> 'old_key_hash' is null then
        delete from key_uses where device_id = id;
    end if;
end $$;

create or replace function show_registry() returns trigger language plpgsql as $$
begin
    -- Keys bear a prefix of two characters, such as "d:".
    case new.state_name
        when 'device' then perform show_device(new.payload, substr(new.key_text, 3));
        when 'subscriber' then perform show_subscriber(new.payload, substr(new.key_text, 3));
        when 'rule' then perform show_rule(new.payload, substr(new.key_text, 3));
    end case;
    -- A new key must work, and an old one must not, as soon as the answer is out.
    if new.state_name = 'device' and tg_op = 'UPDATE'
       and ((old.payload ->> 'key_hash') is distinct from (new.payload ->> 'key_hash')
            or (old.payload ->> 'old_key_hash') is distinct from (new.payload ->> 'old_key_hash')) then
        perform pg_notify('keys_changed', '');
    end if;
    return null;
end $$;
