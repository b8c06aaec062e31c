-- A subscriber of whom only the SMS are ours rings nowhere here, whatever devices there are.

create or replace function subscriber_rings(state jsonb) returns boolean language sql immutable as $$
    with speakers as (
        select lower(device ->> 'room') as room from jsonb_array_elements(coalesce(state -> 'devices', '[]')) as device
        where (device ->> 'can_ring')::boolean
    ), policy as (
        select case jsonb_typeof(state #> '{settings,policy}') when 'object' then state #> '{settings,policy}' end as it
    ), targets as (
        select target from policy, jsonb_array_elements(
            case jsonb_typeof(it -> 'targets') when 'array' then it -> 'targets' else '[]' end) as target
    )
    select state #>> '{settings,line}' is distinct from 'sms' and (jsonb_array_length(
            case jsonb_typeof(it -> 'fallback') when 'array' then it -> 'fallback' else '[]' end) > 0
        or case when exists (select from targets) then exists (
            select from targets where target ->> 'room' is null
               or exists (select from speakers where room = lower(target ->> 'room')))
           else exists (select from speakers) end)
    from policy
$$;

update subscribers set rings = subscriber_rings(g.payload) from grain_state g
where g.state_name = 'subscriber' and g.key_text = 'n:' || msisdn and g.payload is not null;
