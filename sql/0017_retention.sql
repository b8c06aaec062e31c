-- What is old goes. It is looked for from the lowest seq on, which is the order of age, so that the tables that are
-- written all day need no further index for it; those that become old in another order have one.

-- What a device said last of a state whose event is gone: whether the next one is a beginning depends on it.
create table last_edges (
    device_id  text    not null,
    event_type text    not null,
    -- The event's.
    seq        bigint  not null,
    edge       boolean not null,
    primary key (device_id, event_type)
);

create function forget_edges() returns trigger language plpgsql as $$
begin
    delete from last_edges where device_id = old.device_id;
    return null;
end $$;
create trigger devices_forget_edges after delete on devices for each row execute function forget_edges();

create index switch_cdrs_received on switch_cdrs (received_at);
create index masks_over on masks (ended_at) where ended_at is not null;
create index mask_sessions_over on mask_sessions (ended_at) where ended_at is not null;

-- Nothing is changed, and nothing removed but by retention, which says so in its own transaction and notes it.
create or replace function refuse_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_setting('iotorleans.retention', true) = 'on' then
        return old;
    end if;
    raise exception '% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
