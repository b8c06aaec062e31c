using IotOrleans.Postgres;
using Npgsql;

namespace IotOrleans.Devices;

/// <summary>Signs of life in PostgreSQL.</summary>
public sealed class PostgresDeviceSigns(NpgsqlDataSource database) : IDeviceSigns
{
    // Longer than several notes are apart: a gap means that no front-end was there.
    private const string Gap = "interval '30 seconds'";

    private const string Listens = $"""
        insert into listening (since, last_at) values ($1, $1)
        on conflict (alone) do update
            set since = case when excluded.last_at - listening.last_at > {Gap} then excluded.last_at
                             else listening.since end,
                last_at = greatest(listening.last_at, excluded.last_at)
        """;

    private const string Heard = """
        update device_signs s
        set seen_at = greatest(s.seen_at, n.at), via = n.via,
            back_at = case when s.silent_since < n.at then n.at else s.back_at end
        from unnest($1::text[], $2::timestamptz[], $3::text[]) as n (device_id, at, via)
        where s.device_id = n.device_id
        """;

    private const string AreQuiet = $"""
        select s.device_id, s.seen_at, s.interval_seconds
        from device_signs s
        cross join listening l
        left join device_signs hub on hub.device_id = s.via and hub.device_id <> s.device_id
        where s.silent_since is null
          and l.last_at > $1 - {Gap}
          and greatest(s.seen_at, l.since, hub.back_at) + make_interval(secs => s.interval_seconds) <= $1
          and (hub.device_id is null
               or (hub.silent_since is null
                   and greatest(hub.seen_at, l.since) + make_interval(secs => hub.interval_seconds) > $1))
        order by s.seen_at
        limit $2
        """;

    private const string AreBack = """
        select device_id, seen_at, interval_seconds from device_signs
        where silent_since < seen_at
        order by seen_at
        limit $1
        """;

    private const string ToldOffline =
        "update device_signs set silent_since = $2 where device_id = $1 and silent_since is null";

    private const string ToldOnline =
        "update device_signs set silent_since = null where device_id = $1 and silent_since < $2";

    public Task Note(DeviceSign[] signs, DateTimeOffset now, CancellationToken cancellation) =>
        Select.Guarded(async () =>
        {
            await Select.Run(database, Listens, cancellation, now);
            if (signs.Length == 0)
                return 0;
            return await Select.Run(
                database,
                Heard,
                cancellation,
                signs.Select(sign => sign.DeviceId.Value).ToArray(),
                signs.Select(sign => sign.At.UtcDateTime).ToArray(),
                signs.Select(sign => sign.Via.Value).ToArray()
            );
        });

    public Task<QuietDevice[]> Quiet(DateTimeOffset now, int limit, CancellationToken cancellation) =>
        Read(AreQuiet, cancellation, now, limit);

    public Task<QuietDevice[]> Returned(int limit, CancellationToken cancellation) =>
        Read(AreBack, cancellation, limit);

    public Task Told(QuietDevice device, bool offline, CancellationToken cancellation) =>
        Select.Run(database, offline ? ToldOffline : ToldOnline, cancellation, device.DeviceId.Value, device.SeenAt);

    private Task<QuietDevice[]> Read(string sql, CancellationToken cancellation, params object?[] values) =>
        Select.All(
            database,
            sql,
            reader => new QuietDevice(
                new(reader.GetString(0)),
                reader.GetFieldValue<DateTimeOffset>(1),
                reader.GetInt32(2)
            ),
            cancellation,
            values
        );
}
