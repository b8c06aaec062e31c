-- Files of real numbers alone, whose shown numbers come from a pool, and which masks a file made.

alter table mask_imports add column pool text;
alter table mask_import_rows alter column shown drop not null;
alter table masks add column import_id uuid;
create index masks_import on masks (import_id, mask_id) where import_id is not null;
