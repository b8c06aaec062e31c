-- Customers of the house: each sees the masks of its own ranges and nothing else. No customer: the house itself.

create table customers (
    customer_id text primary key,
    seq         bigint      not null generated always as identity unique,
    name        text        not null,
    created_at  timestamptz not null default now()
);

-- Whose a shown number is says the pool it lies in; a customer's pool overlaps no other.
alter table mask_pools add column customer_id text references customers;
create index mask_pools_customer on mask_pools (from_shown) where customer_id is not null;
alter table masks add column customer_id text references customers;
create index masks_customer on masks (customer_id, mask_id) where customer_id is not null;
alter table mask_sessions add column customer_id text references customers;
create index mask_sessions_customer on mask_sessions (customer_id) where customer_id is not null and ended_at is null;
alter table mask_imports add column customer_id text references customers;

-- Two customers may mask the same real number. A shown one has one mask, whoever owns it.
drop index masks_real;
create unique index masks_real on masks (real, customer_id) nulls not distinct where ended_at is null;

alter table users add column customer_id text references customers,
    add check (customer_id is null or role in ('operator', 'auditor', 'telephony'));
alter table api_keys add column customer_id text references customers,
    add check (customer_id is null or role in ('operator', 'auditor', 'telephony'));

-- The calls of mask_calls to the numbers of a customer, since they have been its own. Compared as text, which cdrs_to
-- knows: the numbers of one pool are of one length. Each number is looked up by an index (masks that are and masks that
-- were have one of their own; "offset 0" keeps all of them from being read for a handful of calls).
create view customer_mask_calls as
    select p.customer_id, c.* from mask_pools p
    join cdrs c on c.to_number between '+' || p.from_shown and '+' || p.to_shown
     and length(c.to_number) = length('+' || p.from_shown) and c.started_at >= p.created_at
    where p.customer_id is not null and c.direction = 'inbound'
      and case when c.to_number ~ '^\+[0-9]{7,15}$' then
          c.hangup_cause = 'UNMAPPED'
          or exists (select from masks m where m.shown = c.to_number::bigint and m.ended_at is null offset 0)
          or exists (select from masks m where m.shown = c.to_number::bigint and m.ended_at is not null offset 0)
          or exists (select from mask_sessions s where s.shown = c.to_number::bigint offset 0)
      else false end;

-- Who asks for the house and does not say on whose behalf is told the house's own mask of a number, else the only one.
create or replace view mask_shown as
    select '+' || real as real, '+' || shown as shown from masks m
    where ended_at is null and (expires_at is null or expires_at > now())
      and (customer_id is null or not exists (
          select from masks o
          where o.real = m.real and o.mask_id <> m.mask_id
            and o.ended_at is null and (o.expires_at is null or o.expires_at > now())));

create or replace function mask_shown_of(number text) returns text language sql stable security definer
    set search_path from current as
    $$ select '+' || coalesce(max(shown) filter (where customer_id is null), case count(*) when 1 then max(shown) end)
       from masks where real = nullif(regexp_replace(number, '\D', '', 'g'), '')::bigint
       and ended_at is null and (expires_at is null or expires_at > now()) $$;

-- As before, but that a caller is shown by the mask he has with the one who is called: of the same customer.
create or replace function route_call(number text, caller text default null)
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
            return query select 'bridge', '+' || mask.real,
                (select '+' || m.shown from masks m
                 where m.real = party and m.customer_id is not distinct from mask.customer_id
                   and m.ended_at is null and (m.expires_at is null or m.expires_at > now())),
                null::text;
        end if;
    elsif exists (select from mask_pools p where called between p.from_shown and p.to_shown) then
        return query select 'refuse', null::text, null::text, 'UNALLOCATED_NUMBER';
    elsif exists (select from subscribers s where s.msisdn = called::text and s.rings) then
        return query select 'socket', null::text, null::text, null::text;
    end if;
end $$;
