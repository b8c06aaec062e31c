using IotOrleans.Devices;
using IotOrleans.Postgres;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IotOrleans.Access;

/// <summary>Secrets of devices and hubs, sealed, in PostgreSQL.</summary>
public sealed class PostgresDeviceSecrets(NpgsqlDataSource database, IOptions<SealingOptions> options) : IDeviceSecrets
{
    // Two who rotate at once come one after the other, and the second one sees the secret of the first.
    private const string OneAtATime = "select pg_advisory_xact_lock(1768911970, hashtext($1))";

    private const string Rotated = $"""
        with over as (
            delete from device_secrets where device_id = $1 and (expires_at <= $5 or secret_id in
                (select secret_id from device_secrets where device_id = $1 order by created_at desc offset 4))
        ), old as (
            update device_secrets set expires_at = $4
            where device_id = $1 and (expires_at is null or (expires_at > $4 and expires_at > $5))
        )
        insert into device_secrets (secret_id, device_id, sealed, created_at) values ($2, $1, $3, $5)
        """;

    private const string Live = """
        select secret_id, sealed, created_at, expires_at, last_used_at from device_secrets
        where device_id = $1 and (expires_at is null or expires_at > $2)
        order by expires_at is null desc, created_at desc limit 5
        """;

    private const string Noted = """
        update device_secrets set last_used_at = $2
        where secret_id = $1 and (last_used_at is null or last_used_at < $2 - interval '1 minute')
        """;

    private const string Dropped =
        "delete from device_secrets where device_id = $1 and secret_id = $2 and expires_at is not null";

    private readonly SealingKey _key = new(database, options);

    public async Task<SecretRecord> Rotate(
        DeviceId device,
        string text,
        TimeSpan overlap,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        var id = Guid.CreateVersion7(now).ToString("N");
        var box = Sealing.Close(await _key.Read(), device.Value, text);
        await Select.Guarded(async () =>
        {
            await using var connection = await database.OpenConnectionAsync(cancellation);
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            await using var alone = new NpgsqlCommand(OneAtATime, connection);
            Select.Fill(alone, [device.Value]);
            await alone.ExecuteNonQueryAsync(cancellation);
            await using var rotate = new NpgsqlCommand(Rotated, connection);
            Select.Fill(rotate, [device.Value, id, box, now + overlap, now]);
            await rotate.ExecuteNonQueryAsync(cancellation);
            await transaction.CommitAsync(cancellation);
            return true;
        });
        return new(id, now);
    }

    public async Task<DeviceSecret[]> Living(DeviceId device, DateTimeOffset now, CancellationToken cancellation)
    {
        var key = await _key.Read();
        return await Select.Guarded(async () =>
        {
            await using var command = Select.Command(database, Live, [device.Value, now]);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            var found = new List<DeviceSecret>();
            while (await reader.ReadAsync(cancellation))
            {
                var record = new SecretRecord(
                    reader.GetString(0),
                    reader.GetFieldValue<DateTimeOffset>(2),
                    reader.Maybe<DateTimeOffset>(3),
                    reader.Maybe<DateTimeOffset>(4)
                );
                found.Add(new(record, Sealing.Open(key, device.Value, reader.GetFieldValue<byte[]>(1))));
            }
            return found.ToArray();
        });
    }

    public async Task<bool> Drop(DeviceId device, string secretId, CancellationToken cancellation) =>
        await Select.Run(database, Dropped, cancellation, device.Value, secretId) == 1;

    public Task Used(string secretId, DateTimeOffset now, CancellationToken cancellation) =>
        Select.Run(database, Noted, cancellation, secretId, now);
}
