-- What the grains stand on: their state, their reminders and, in a cluster, the silos. Both engines use these tables,
-- and both read their statements from orleansquery: the names, parameters and result columns there are the contract of
-- the ADO.NET providers of Microsoft Orleans, the tables behind them are ours.

create table orleansquery (
    querykey  text primary key,
    querytext text not null
);

-- Grain state ---------------------------------------------------------------------------------------------------------

create table grain_state (
    service_id      text        not null check (length(service_id) <= 150),
    -- The name of the state ("device"), not the class of the grain.
    state_name      text        not null check (length(state_name) <= 512),
    -- The grain's key as text. Null only for keys that are bare numbers, which our grains never have.
    key_text        text        check (length(key_text) <= 512),
    key_n0          bigint      not null,
    key_n1          bigint      not null,
    grain_id_hash   integer     not null,
    grain_type_hash integer     not null,
    -- Null after the state was cleared: the row stays, so that a stale owner's version is still refused.
    payload         jsonb,
    version         integer     not null,
    modified_on     timestamptz not null default now()
) with (fillfactor = 80);

-- The whole identity, nulls included: two first writes can never make two rows. The hashes come first because one
-- comparison of them settles nearly every look-up.
create unique index grain_state_identity on grain_state
    (grain_id_hash, grain_type_hash, key_n0, key_n1, state_name, key_text, service_id) nulls not distinct;

insert into orleansquery (querykey, querytext) values
('ReadFromStorageKey', '
select convert_to(payload::text, ''UTF8'') as PayloadBinary, version as Version
from grain_state
where grain_id_hash = @GrainIdHash and grain_type_hash = @GrainTypeHash
  and key_n0 = @GrainIdN0 and key_n1 = @GrainIdN1
  and state_name = @GrainTypeString and service_id = @ServiceId
  and key_text is not distinct from @GrainIdExtensionString
'),
-- The first write carries no version and inserts; every other one updates exactly the version it was based on.
-- No row means that somebody else was there first.
('WriteToStorageKey', '
with changed as (
    update grain_state
    set payload = convert_from(@PayloadBinary, ''UTF8'')::jsonb, version = version + 1, modified_on = now()
    where grain_id_hash = @GrainIdHash and grain_type_hash = @GrainTypeHash
      and key_n0 = @GrainIdN0 and key_n1 = @GrainIdN1
      and state_name = @GrainTypeString and service_id = @ServiceId
      and key_text is not distinct from @GrainIdExtensionString
      and version = @GrainStateVersion
    returning version
), added as (
    insert into grain_state (service_id, state_name, key_text, key_n0, key_n1, grain_id_hash, grain_type_hash,
        payload, version)
    select @ServiceId, @GrainTypeString, @GrainIdExtensionString, @GrainIdN0, @GrainIdN1, @GrainIdHash, @GrainTypeHash,
        convert_from(@PayloadBinary, ''UTF8'')::jsonb, 1
    where @GrainStateVersion is null
    on conflict do nothing
    returning version
)
select version as NewGrainStateVersion from changed
union all
select version from added
'),
('ClearStorageKey', '
update grain_state
set payload = null, version = version + 1, modified_on = now()
where grain_id_hash = @GrainIdHash and grain_type_hash = @GrainTypeHash
  and key_n0 = @GrainIdN0 and key_n1 = @GrainIdN1
  and state_name = @GrainTypeString and service_id = @ServiceId
  and key_text is not distinct from @GrainIdExtensionString
  and version = @GrainStateVersion
returning version as NewGrainStateVersion
'),
('DeleteStorageKey', '
delete from grain_state
where grain_id_hash = @GrainIdHash and grain_type_hash = @GrainTypeHash
  and key_n0 = @GrainIdN0 and key_n1 = @GrainIdN1
  and state_name = @GrainTypeString and service_id = @ServiceId
  and key_text is not distinct from @GrainIdExtensionString
  and version = @GrainStateVersion
returning version + 1 as NewGrainStateVersion
');

-- Reminders -----------------------------------------------------------------------------------------------------------

create table reminders (
    service_id text        not null check (length(service_id) <= 150),
    -- "type/key"
    grain_id   text        not null check (length(grain_id) <= 150),
    name       text        not null check (length(name) <= 150),
    grain_hash integer     not null,
    start_at   timestamptz not null,
    period_ms  bigint      not null check (period_ms > 0),
    version    integer     not null,
    primary key (service_id, grain_id, name)
);
create index reminders_range on reminders (service_id, grain_hash);

insert into orleansquery (querykey, querytext) values
('UpsertReminderRowKey', '
insert into reminders as r (service_id, grain_id, name, grain_hash, start_at, period_ms, version)
values (@ServiceId, @GrainId, @ReminderName, @GrainHash, @StartTime, @Period, 0)
on conflict (service_id, grain_id, name) do update
set grain_hash = excluded.grain_hash, start_at = excluded.start_at, period_ms = excluded.period_ms,
    version = r.version + 1
returning version as Version
'),
('ReadReminderRowKey', '
select grain_id as GrainId, name as ReminderName, start_at as StartTime, period_ms as Period, version as Version
from reminders
where service_id = @ServiceId and grain_id = @GrainId and name = @ReminderName
'),
('ReadReminderRowsKey', '
select grain_id as GrainId, name as ReminderName, start_at as StartTime, period_ms as Period, version as Version
from reminders
where service_id = @ServiceId and grain_id = @GrainId
'),
('ReadRangeRows1Key', '
select grain_id as GrainId, name as ReminderName, start_at as StartTime, period_ms as Period, version as Version
from reminders
where service_id = @ServiceId and grain_hash > @BeginHash and grain_hash <= @EndHash
'),
-- The range that runs over the end of the ring, and the whole ring when both ends are the same.
('ReadRangeRows2Key', '
select grain_id as GrainId, name as ReminderName, start_at as StartTime, period_ms as Period, version as Version
from reminders
where service_id = @ServiceId and (grain_hash > @BeginHash or grain_hash <= @EndHash)
'),
('DeleteReminderRowKey', '
with removed as (
    delete from reminders
    where service_id = @ServiceId and grain_id = @GrainId and name = @ReminderName and version = @Version
    returning 1
)
select count(*)::integer from removed
'),
('DeleteReminderRowsKey', '
delete from reminders where service_id = @ServiceId
');

-- Silos of a cluster --------------------------------------------------------------------------------------------------

create table membership_versions (
    deployment_id text        primary key check (length(deployment_id) <= 150),
    version       integer     not null default 0,
    changed_on    timestamptz not null default now()
);

create table membership (
    deployment_id   text        not null references membership_versions,
    address         text        not null,
    port            integer     not null,
    generation      integer     not null,
    silo_name       text        not null,
    host_name       text        not null,
    -- 1 created, 2 joining, 3 active, 4 shutting down, 5 stopping, 6 dead
    status          integer     not null,
    proxy_port      integer,
    suspect_times   text,
    start_time      timestamptz not null,
    i_am_alive_time timestamptz not null,
    primary key (deployment_id, address, port, generation)
);

insert into orleansquery (querykey, querytext) values
('InsertMembershipVersionKey', '
with added as (
    insert into membership_versions (deployment_id) values (@DeploymentId)
    on conflict do nothing
    returning 1
)
select count(*)::integer from added
'),
-- Every change of the silos raises the version they were read at, or changes nothing at all.
('InsertMembershipKey', '
with raised as (
    update membership_versions v
    set version = version + 1, changed_on = now()
    where deployment_id = @DeploymentId and version = @Version
      and not exists (
        select from membership m
        where m.deployment_id = v.deployment_id
          and m.address = @Address and m.port = @Port and m.generation = @Generation)
    returning deployment_id
), added as (
    insert into membership (deployment_id, address, port, generation, silo_name, host_name, status, proxy_port,
        start_time, i_am_alive_time)
    select deployment_id, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort,
        @StartTime, @IAmAliveTime
    from raised
    returning 1
)
select count(*)::integer from added
'),
-- The silo is locked before the version: a clean-up at the same moment must not leave a raised version behind.
('UpdateMembershipKey', '
with silo as (
    select deployment_id from membership
    where deployment_id = @DeploymentId and address = @Address and port = @Port and generation = @Generation
    for update
), raised as (
    update membership_versions v
    set version = version + 1, changed_on = now()
    from silo
    where v.deployment_id = silo.deployment_id and v.version = @Version
    returning v.deployment_id
), changed as (
    update membership m
    set status = @Status, suspect_times = @SuspectTimes, i_am_alive_time = @IAmAliveTime
    from raised
    where m.deployment_id = raised.deployment_id
      and m.address = @Address and m.port = @Port and m.generation = @Generation
    returning 1
)
select count(*)::integer from changed
'),
('UpdateIAmAlivetimeKey', '
update membership
set i_am_alive_time = @IAmAliveTime
where deployment_id = @DeploymentId and address = @Address and port = @Port and generation = @Generation
'),
('MembershipReadRowKey', '
select m.address as Address, m.port as Port, m.generation as Generation, m.silo_name as SiloName,
    m.host_name as HostName, m.status as Status, m.proxy_port as ProxyPort, m.suspect_times as SuspectTimes,
    m.start_time as StartTime, m.i_am_alive_time as IAmAliveTime, v.version as Version
from membership_versions v
left join membership m on m.deployment_id = v.deployment_id
    and m.address = @Address and m.port = @Port and m.generation = @Generation
where v.deployment_id = @DeploymentId
'),
('MembershipReadAllKey', '
select m.address as Address, m.port as Port, m.generation as Generation, m.silo_name as SiloName,
    m.host_name as HostName, m.status as Status, m.proxy_port as ProxyPort, m.suspect_times as SuspectTimes,
    m.start_time as StartTime, m.i_am_alive_time as IAmAliveTime, v.version as Version
from membership_versions v
left join membership m on m.deployment_id = v.deployment_id
where v.deployment_id = @DeploymentId
'),
('DeleteMembershipTableEntriesKey', '
with silos as (
    delete from membership where deployment_id = @DeploymentId
)
delete from membership_versions where deployment_id = @DeploymentId
'),
('CleanupDefunctSiloEntriesKey', '
delete from membership
where deployment_id = @DeploymentId and i_am_alive_time < @IAmAliveTime and status <> 3
'),
('GatewaysQueryKey', '
select address as Address, proxy_port as ProxyPort, generation as Generation
from membership
where deployment_id = @DeploymentId and status = @Status and proxy_port > 0
');
