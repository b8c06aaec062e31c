-- The registry as tables. A grain's state is the truth; these rows are made from it in the same transaction, whichever
-- engine wrote it, so that screens, dialplans and the check of a device's key read plain columns.

create table devices (
    device_id        text primary key,
    seq              bigint generated always as identity unique,
    type             text        not null,
    msisdn           text,
    vendor           text,
    endpoint         text,
    external_id      text,
    name             text,
    room             text,
    zone             text,
    metadata         jsonb,
    -- SHA-256 of the device's own key, in hexadecimal; the key itself is stored nowhere.
    credentials_hash text,
    registered_at    timestamptz not null,
    changed_at       timestamptz,
    registration     jsonb       not null
);
create index devices_msisdn on devices (msisdn, seq);
create index devices_type on devices (type, seq);
create index devices_credentials on devices (credentials_hash);

create table subscribers (
    msisdn   text primary key,
    seq      bigint generated always as identity unique,
    settings jsonb,
    devices  text[] not null
);

create table rules (
    rule_id     text primary key,
    seq         bigint generated always as identity unique,
    event_type  text    not null,
    msisdn      text,
    device_id   text,
    device_type text,
    enabled     boolean not null,
    -- Whether the holder of the rule has it; a crash in between leaves false, and the next start places it.
    placed      boolean not null,
    rule        jsonb   not null
);
create index rules_of_types on rules (device_type) where device_type is not null;
create index rules_unplaced on rules (rule_id) where not placed;
create index rules_msisdn on rules (msisdn, seq);

create function show_device(state jsonb, id text) returns void language plpgsql as $$
declare
    about jsonb := state -> 'registration';
begin
    if about is null then
        delete from devices where device_id = id;
        perform pg_notify('keys_changed', '');
        return;
    end if;
    insert into devices (device_id, type, msisdn, vendor, endpoint, external_id, name, room, zone, metadata,
                         credentials_hash, registered_at, changed_at, registration)
    values (id, about ->> 'type', ltrim(about ->> 'msisdn', '+'), about ->> 'vendor', about ->> 'endpoint',
            about ->> 'external_id', about ->> 'name', about ->> 'room', about ->> 'zone', about -> 'metadata',
            state ->> 'key_hash', (state ->> 'registered_at')::timestamptz, (state ->> 'changed_at')::timestamptz, about)
    on conflict (device_id) do update
        set type = excluded.type, msisdn = excluded.msisdn, vendor = excluded.vendor, endpoint = excluded.endpoint,
            external_id = excluded.external_id, name = excluded.name, room = excluded.room, zone = excluded.zone,
            metadata = excluded.metadata, credentials_hash = excluded.credentials_hash,
            registered_at = excluded.registered_at, changed_at = excluded.changed_at,
            registration = excluded.registration;
end $$;

create function show_subscriber(state jsonb, id text) returns void language plpgsql as $$
begin
    if state is null then
        delete from subscribers where msisdn = id;
        return;
    end if;
    insert into subscribers (msisdn, settings, devices)
    values (id, state -> 'settings',
            array(select device ->> 'device_id' from jsonb_array_elements(coalesce(state -> 'devices', '[]')) as device))
    on conflict (msisdn) do update set settings = excluded.settings, devices = excluded.devices;
end $$;

create function show_rule(state jsonb, id text) returns void language plpgsql as $$
declare
    about jsonb := state -> 'rule';
begin
    if about is null then
        delete from rules where rule_id = id;
    else
        insert into rules (rule_id, event_type, msisdn, device_id, device_type, enabled, placed, rule)
        values (id, about ->> 'event_type', ltrim(about #>> '{scope,msisdn}', '+'), about #>> '{scope,device_id}',
                about #>> '{scope,device_type}', (about ->> 'enabled')::boolean, (state ->> 'placed')::boolean, about)
        on conflict (rule_id) do update
            set event_type = excluded.event_type, msisdn = excluded.msisdn, device_id = excluded.device_id,
                device_type = excluded.device_type, enabled = excluded.enabled, placed = excluded.placed,
                rule = excluded.rule;
    end if;
    perform pg_notify('rules_changed', id);
end $$;

create function show_registry() returns trigger language plpgsql as $$
begin
    -- Keys bear a prefix of two characters, such as "d:".
    case new.state_name
        when 'device' then perform show_device(new.payload, substr(new.key_text, 3));
        when 'subscriber' then perform show_subscriber(new.payload, substr(new.key_text, 3));
        when 'rule' then perform show_rule(new.payload, substr(new.key_text, 3));
    end case;
    -- A new key must work, and an old one must not, as soon as the answer is out.
    if new.state_name = 'device' and tg_op = 'UPDATE'
       and (old.payload ->> 'key_hash') is distinct from (new.payload ->> 'key_hash') then
        perform pg_notify('keys_changed', '');
    end if;
    return null;
end $$;
create trigger grain_state_registry after insert or update on grain_state
    for each row when (new.state_name in ('device', 'subscriber', 'rule')) execute function show_registry();
