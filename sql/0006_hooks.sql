-- Hubs that tell and devices that are told over HTTP. A secret must be had in clear to sign with it, so it lies here
-- sealed (AES-256-GCM, bound to its device) and not as a hash.

create table device_secrets (
    secret_id    text primary key,
    device_id    text        not null,
    sealed       bytea       not null,
    created_at   timestamptz not null,
    -- Null: until a newer one takes its place.
    expires_at   timestamptz,
    last_used_at timestamptz
);
create index device_secrets_device on device_secrets (device_id, created_at);

create table hubs (
    hub_id     text primary key,
    settings   jsonb       not null,
    changed_at timestamptz not null
);

-- What a hub signed and we have seen: kept as long as its time would still pass, then removed by those that follow.
create table hook_nonces (
    hub_id     text        not null,
    nonce      bytea       not null,
    seen_until timestamptz not null,
    primary key (hub_id, nonce)
);
create index hook_nonces_over on hook_nonces (seen_until);

-- The newest messages of each hub that nothing could be made of.
create table hook_refusals (
    seq     bigint generated always as identity primary key,
    hub_id  text        not null,
    at      timestamptz not null,
    reason  text        not null,
    message text        not null
);
create index hook_refusals_hub on hook_refusals (hub_id, seq);

create index devices_external on devices (external_id) where external_id is not null;

-- Whoever is registered anew under an old id inherits nothing.
create function forget_hub() returns trigger language plpgsql as $$
begin
    delete from device_secrets where device_id = old.device_id;
    delete from hubs where hub_id = old.device_id;
    delete from hook_refusals where hub_id = old.device_id;
    return null;
end $$;
create trigger devices_forget_hub after delete on devices for each row execute function forget_hub();
