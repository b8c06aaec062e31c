-- What was there before a person's write and what is there after it. Not jsonb: that refuses some texts that may be in
-- a name, and a change that was made must never be missing here.
alter table audit_log
    add column before json,
    add column after  json;

-- When a mask or session was last changed, a counted call included. Of rows from before nobody knows more than when they
-- were made and ended.
alter table masks add column updated_at timestamptz;
alter table masks alter column updated_at set default now();
alter table mask_sessions add column updated_at timestamptz;
alter table mask_sessions alter column updated_at set default now();
create or replace function mask_changed() returns trigger language plpgsql as $$
begin
    new.version := nextval('mask_version');
    -- The moment, not the transaction's begin: it may have waited long for the lock of the writers.
    new.updated_at := clock_timestamp();
    return new;
end $$;
