using System.Text.Json;
using IotOrleans.Devices;
using IotOrleans.Json;
using IotOrleans.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace IotOrleans.Hooks;

/// <summary>Hubs in PostgreSQL.</summary>
public sealed class PostgresHubs(NpgsqlDataSource database) : IHubStore
{
    private const string ById = "select settings from hubs where hub_id = $1";

    private const string Saved = """
        insert into hubs (hub_id, settings, changed_at) values ($1, $2, $3)
        on conflict (hub_id) do update set settings = excluded.settings, changed_at = excluded.changed_at
        """;

    // Each that comes removes some that are over, so the table is no larger than what the time window holds.
    private const string Taken = """
        with over as (
            delete from hook_nonces where (hub_id, nonce) in
                (select hub_id, nonce from hook_nonces where seen_until < $4 limit 16 for update skip locked)
        )
        insert into hook_nonces (hub_id, nonce, seen_until) values ($1, $2, $3) on conflict do nothing
        """;

    private const string GivenBack = "delete from hook_nonces where hub_id = $1 and nonce = $2";

    private const string ByName = """
        select registration from devices where external_id = $1
        union all
        select registration from devices
        where device_id = $1 and not exists (select from devices where external_id = $1)
        limit 16
        """;

    private const int Kept = HookRefusal.KeptMax;

    private static readonly string Refused = $"""
        with over as (
            delete from hook_refusals where seq in
                (select seq from hook_refusals where hub_id = $1 order by seq desc offset {Kept - 1})
        )
        insert into hook_refusals (hub_id, at, reason, message) values ($1, $2, $3, $4)
        """;

    private static readonly string Listed =
        $"select at, reason, message from hook_refusals where hub_id = $1 order by seq desc limit {Kept}";

    public Task<HubSettings?> Find(DeviceId hub, CancellationToken cancellation) =>
        Select.One(database, ById, reader => Read<HubSettings>(reader.GetString(0)), cancellation, hub.Value);

    public Task Save(HubSettings settings, DateTimeOffset now, CancellationToken cancellation) =>
        Select.Guarded(async () =>
        {
            await using var command = database.CreateCommand(Saved);
            command.Parameters.Add(new() { Value = settings.HubId.Value });
            var json = JsonSerializer.Serialize(settings, ContractJson.Options);
            command.Parameters.Add(new() { Value = json, NpgsqlDbType = NpgsqlDbType.Jsonb });
            command.Parameters.Add(new() { Value = now.UtcDateTime });
            return await command.ExecuteNonQueryAsync(cancellation);
        });

    public async Task<bool> Take(
        DeviceId hub,
        byte[] nonce,
        DateTimeOffset until,
        DateTimeOffset now,
        CancellationToken cancellation
    ) => await Select.Run(database, Taken, cancellation, hub.Value, nonce, until, now) == 1;

    public Task GiveBack(DeviceId hub, byte[] nonce, CancellationToken cancellation) =>
        Select.Run(database, GivenBack, cancellation, hub.Value, nonce);

    public Task<DeviceRegistration[]> FindDevices(string name, CancellationToken cancellation) =>
        Select.All(database, ByName, reader => Read<DeviceRegistration>(reader.GetString(0)), cancellation, name);

    public Task Refuse(DeviceId hub, HookRefusal refusal, CancellationToken cancellation) =>
        Select.Run(database, Refused, cancellation, hub.Value, refusal.At, refusal.Reason, refusal.Message);

    public Task<HookRefusal[]> Refusals(DeviceId hub, CancellationToken cancellation) =>
        Select.All(
            database,
            Listed,
            reader => new HookRefusal(
                reader.GetFieldValue<DateTimeOffset>(0),
                reader.GetString(1),
                reader.GetString(2)
            ),
            cancellation,
            hub.Value
        );

    private static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, ContractJson.Options)!;
}
