#!/usr/bin/env bash
# Runs once, when the database is made. The house owns its tables; reports get a role that only reads, and
# SIP servers one that may look up one number at a time.
set -euo pipefail
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  -v owner_password="$IOT_DB_PASSWORD" -v reader_password="$IOT_DB_READER_PASSWORD" \
  -v lookup_password="$IOT_DB_LOOKUP_PASSWORD" <<'SQL'
create role iotorleans login password :'owner_password';
create role iotorleans_reader login password :'reader_password';
create role iot_lookup nologin;
create role iotorleans_lookup login password :'lookup_password' connection limit 64 in role iot_lookup;
create database iotorleans owner iotorleans encoding 'UTF8' template template0;
revoke all on database iotorleans from public;
grant connect on database iotorleans to iotorleans_reader, iot_lookup;
\connect iotorleans
revoke create on schema public from public;
grant create, usage on schema public to iotorleans;
grant usage on schema public to iotorleans_reader;
alter default privileges for role iotorleans in schema public grant select on tables to iotorleans_reader;
SQL
