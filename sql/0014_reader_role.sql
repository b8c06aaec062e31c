-- The role of reports reads every table by default (deploy/postgres/10-roles.sh), but not what would let it in: with the
-- signing secret it could make itself a token of an administrator.

do $$
begin
    revoke all on secrets, device_secrets, users, api_keys from iotorleans_reader;
exception when undefined_object then
    null;
end $$;
