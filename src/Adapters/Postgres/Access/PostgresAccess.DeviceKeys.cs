using IotOrleans.Devices;
using IotOrleans.Postgres;

namespace IotOrleans.Access;

public sealed partial class PostgresAccess
{
    private const string UsedKeys = """
        insert into key_uses (key_hash, device_id, last_used_at)
        select key_hash, device_id, at from unnest($1::text[], $2::text[], $3::timestamptz[])
          as n (key_hash, device_id, at)
        on conflict (key_hash) do update set last_used_at = greatest(key_uses.last_used_at, excluded.last_used_at)
        """;

    private const string DeviceKeys = """
        select k.current, k.until, u.last_used_at
        from devices d
        cross join lateral (values (true, d.credentials_hash, null::timestamptz),
                                   (false, d.old_credentials_hash, d.old_credentials_until))
          as k (current, hash, until)
        left join key_uses u on u.key_hash = k.hash
        where d.device_id = $1 and k.hash is not null and (k.current or k.until > $2)
        order by k.current desc
        """;

    public Task NoteKeyUses(KeyUse[] uses, CancellationToken cancellation) =>
        Select.Run(
            database,
            UsedKeys,
            cancellation,
            uses.Select(use => use.KeyHash).ToArray(),
            uses.Select(use => use.Device.Value).ToArray(),
            uses.Select(use => use.At.UtcDateTime).ToArray()
        );

    public Task<DeviceKey[]> KeysOf(DeviceId device, DateTimeOffset now, CancellationToken cancellation) =>
        Select.All(
            database,
            DeviceKeys,
            reader => new DeviceKey(
                reader.GetBoolean(0),
                reader.Maybe<DateTimeOffset>(1),
                reader.Maybe<DateTimeOffset>(2)
            ),
            cancellation,
            device.Value,
            now
        );
}
