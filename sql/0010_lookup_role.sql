-- What a SIP server may ask when our door is shut: whether a number is ours, and where its call goes. The role
-- iot_lookup may look, one number at a time, and nothing else.

-- Whether somebody rings for the number: as CallPlans reads it, so that both doors say the same.
create function subscriber_rings(state jsonb) returns boolean language sql immutable as $$
    with speakers as (
        select lower(device ->> 'room') as room from jsonb_array_elements(coalesce(state -> 'devices', '[]')) as device
        where (device ->> 'can_ring')::boolean
    ), policy as (
        select case jsonb_typeof(state #> '{settings,policy}') when 'object' then state #> '{settings,policy}' end as it
    ), targets as (
        select target from policy, jsonb_array_elements(
            case jsonb_typeof(it -> 'targets') when 'array' then it -> 'targets' else '[]' end) as target
    )
    select jsonb_array_length(
            case jsonb_typeof(it -> 'fallback') when 'array' then it -> 'fallback' else '[]' end) > 0
        or case when exists (select from targets) then exists (
            select from targets where target ->> 'room' is null
               or exists (select from speakers where room = lower(target ->> 'room')))
           else exists (select from speakers) end
    from policy
$$;

alter table subscribers add column rings boolean not null default false;

create or replace function show_subscriber(state jsonb, id text) returns void language plpgsql as $$
begin
    if state is null then
        delete from subscribers where msisdn = id;
        return;
    end if;
    insert into subscribers (msisdn, settings, devices, rings)
    values (id, state -> 'settings',
            array(select device ->> 'device_id' from jsonb_array_elements(coalesce(state -> 'devices', '[]')) as device),
            subscriber_rings(state))
    on conflict (msisdn) do update
        set settings = excluded.settings, devices = excluded.devices, rings = excluded.rings;
end $$;

update subscribers set rings = subscriber_rings(g.payload) from grain_state g
where g.state_name = 'subscriber' and g.key_text = 'n:' || msisdn and g.payload is not null;

create view routing as select '+' || msisdn as msisdn, 'socket' as action from subscribers where rings;

-- How numbers are written here; the house writes it down when it opens.
create table number_plan (
    only_one      boolean primary key default true check (only_one),
    prefix        text    not null,
    trunk         text,
    international text    not null,
    national_min  integer not null,
    national_max  integer not null
);

-- As NumberPlan reads it. Null: not a telephone number.
create function e164(number text) returns text language plpgsql stable security definer
    set search_path from current as $$
declare
    digits text := regexp_replace(number, '\D', '', 'g');
    plan   number_plan;
begin
    if number is null or length(number) not between 1 and 40 or number !~ '^\s*\+?[0-9 ().\u00a0-]*$' then
        return null;
    end if;
    select * into plan from number_plan;
    if found and number !~ '^\s*\+' then
        digits := case
            when digits like '00%' then substr(digits, 3)
            when starts_with(digits, plan.international) and length(digits) > plan.national_max + 1
                then substr(digits, length(plan.international) + 1)
            when starts_with(digits, plan.trunk)
                and length(digits) - length(plan.trunk) between plan.national_min and plan.national_max
                then plan.prefix || substr(digits, length(plan.trunk) + 1)
            when starts_with(digits, plan.prefix)
                and length(digits) - length(plan.prefix) between plan.national_min and plan.national_max then digits
            when digits like '0%' then null
            when length(digits) between plan.national_min and plan.national_max then plan.prefix || digits
            when length(digits) > plan.national_max then digits
        end;
    end if;
    return case when digits ~ '^[1-9][0-9]{6,14}$' then digits end;
end $$;

-- Where a call goes, as GET /api/v1/routing/{number}?caller= answers it. No row: the number is not ours.
--   socket                    to the house
--   bridge  target presented  to the number behind the shown one; without "presented" the caller is withheld
--   refuse  cause             nowhere
create function route_call(number text, caller text default null)
    returns table (action text, target text, presented text, cause text)
    language plpgsql stable security definer set search_path from current as $$
declare
    called bigint := e164(number)::bigint;
    party  bigint := e164(caller)::bigint;
    mask   masks;
    pair   mask_sessions;
begin
    if exists (select from mask_sessions s where s.shown = called and s.ended_at is null) then
        select * into pair from mask_sessions s
        where s.shown = called and s.ended_at is null and (s.expires_at is null or s.expires_at > now())
          and party in (s.a, s.b);
        if not found or pair.calls_used >= pair.calls_max then
            return query select 'refuse', null::text, null::text, 'CALL_REJECTED';
        else
            return query select 'bridge', '+' || case party when pair.a then pair.b else pair.a end, '+' || called,
                                null::text;
        end if;
        return;
    end if;
    select * into mask from masks m
    where m.shown = called and m.ended_at is null and (m.expires_at is null or m.expires_at > now());
    if found then
        if party = any (mask.blocked) or mask.calls_used >= mask.calls_max then
            return query select 'refuse', null::text, null::text, 'CALL_REJECTED';
        else
            return query select 'bridge', '+' || mask.real, mask_shown_of(party::text), null::text;
        end if;
    elsif exists (select from mask_pools p where called between p.from_shown and p.to_shown) then
        return query select 'refuse', null::text, null::text, 'UNALLOCATED_NUMBER';
    elsif exists (select from subscribers s where s.msisdn = called::text and s.rings) then
        return query select 'socket', null::text, null::text, null::text;
    end if;
end $$;

-- A call through a shown number that rang nowhere stands in the log too.
create or replace view mask_calls as
    select c.* from cdrs c
    where c.direction = 'inbound'
      and case when c.to_number ~ '^\+[0-9]{7,15}$' then
          c.hangup_cause = 'UNMAPPED'
          or exists (select from masks m where m.shown = c.to_number::bigint)
          or exists (select from mask_sessions s where s.shown = c.to_number::bigint)
      else false end;

revoke execute on function route_call(text, text), e164(text) from public;
do $$
begin
    grant usage on schema public to iot_lookup;
    grant select on routing to iot_lookup;
    grant execute on function route_call(text, text), e164(text) to iot_lookup;
exception when undefined_object then
    raise notice 'The role iot_lookup is not there: no SIP server can look up here.';
end $$;
