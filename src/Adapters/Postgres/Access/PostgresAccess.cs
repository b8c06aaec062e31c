using IotOrleans.Devices;
using IotOrleans.Journal;
using IotOrleans.Json;
using IotOrleans.Postgres;
using IotOrleans.Subscribers;
using Npgsql;

namespace IotOrleans.Access;

/// <summary>Users, keys, secrets and the audit log in PostgreSQL.</summary>
public sealed partial class PostgresAccess(NpgsqlDataSource database) : IAccessStore, ISecretStore
{
    private const string KeyByHash = """
        select name, role, device_ids, subscribers, until, two, customer_id from
            (select key_id as name, role, device_ids, subscribers, null::timestamptz as until, false as two, customer_id
             from api_keys where key_hash = $1 and revoked_at is null
             union all
             select device_id, 'device', array[device_id], null, null, coalesce(old_credentials_until > now(), false),
                    null
             from devices where credentials_hash = $1
             union all
             select device_id, 'device', array[device_id], null, old_credentials_until, true, null
             from devices where old_credentials_hash = $1 and old_credentials_until > now()) as found
        limit 1
        """;

    private const string NewKey = """
        insert into api_keys (key_id, key_hash, name, role, device_ids, subscribers, created_at, customer_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """;

    private const string KeyColumns =
        "seq, key_id, name, role, device_ids, subscribers, created_at, revoked_at, customer_id";

    private const string ListedKeys = $"select {KeyColumns} from api_keys where seq < $1 order by seq desc limit $2";

    private const string KeyById = $"select {KeyColumns} from api_keys where key_id = $1";

    private const string RevokedKey = "update api_keys set revoked_at = coalesce(revoked_at, $2) where key_id = $1";

    private const string NewEntry = """
        insert into audit_log (at, who, action, target, outcome, source, trace_id, detail, before, after)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::json, $10::text::json)
        """;

    private const string ListedEntries = """
        select seq, at, who, action, target, outcome, source, trace_id, detail, before, after from audit_log
        where seq < $1 order by seq desc limit $2
        """;

    private const string NewSecret = "insert into secrets (name, value) values ($1, $2) on conflict do nothing";

    private const string SecretByName = "select value from secrets where name = $1";

    public Task<Caller?> FindKey(string keyHash, CancellationToken cancellation) =>
        Select.One(
            database,
            KeyByHash,
            reader => new Caller(
                reader.GetString(0),
                RoleOf(reader, 1),
                DevicesOf(reader, 2),
                NumbersOf(reader, 3),
                reader.Maybe<DateTimeOffset>(4),
                reader.GetBoolean(5),
                CustomerOf(reader, 6)
            ),
            cancellation,
            keyHash
        );

    public Task AddKey(ApiKey key, string keyHash, CancellationToken cancellation) =>
        Select.Run(
            database,
            NewKey,
            cancellation,
            key.KeyId,
            keyHash,
            key.Name,
            Rows.Word(key.Role),
            key.DeviceIds?.Select(device => device.Value).ToArray(),
            Digits(key.Subscribers),
            key.CreatedAt,
            key.CustomerId?.Value
        );

    public Task<Page<ApiKey>> Keys(PageRequest page, CancellationToken cancellation) =>
        Select.Page(database, ListedKeys, page, ReadKey, cancellation);

    public Task<ApiKey?> Key(string keyId, CancellationToken cancellation) =>
        Select.One(database, KeyById, ReadKey, cancellation, keyId);

    public async Task<bool> RevokeKey(string keyId, DateTimeOffset now, CancellationToken cancellation) =>
        await Select.Run(database, RevokedKey, cancellation, keyId, now) == 1;

    public Task Audit(AuditEntry entry, CancellationToken cancellation) =>
        Select.Run(
            database,
            NewEntry,
            cancellation,
            entry.At,
            entry.Who,
            entry.Action,
            entry.Target,
            entry.Outcome,
            entry.From,
            entry.TraceId,
            entry.Detail,
            entry.Before?.Text,
            entry.After?.Text
        );

    public Task<Page<AuditEntry>> AuditLog(PageRequest page, CancellationToken cancellation) =>
        Select.Page(
            database,
            ListedEntries,
            page,
            reader => new AuditEntry(
                reader.GetFieldValue<DateTimeOffset>(1),
                reader.GetString(2),
                reader.GetString(3),
                reader.GetString(4),
                reader.GetString(5),
                reader.Text(6),
                reader.Text(7),
                reader.Text(8),
                Json(reader, 9),
                Json(reader, 10)
            ),
            cancellation
        );

    public async Task<byte[]> Secret(string name, Func<byte[]> make)
    {
        await Select.Run(database, NewSecret, CancellationToken.None, name, make());
        var found = await Select.One(
            database,
            SecretByName,
            reader => reader.GetFieldValue<byte[]>(0),
            CancellationToken.None,
            name
        );
        return found!;
    }

    private static ApiKey ReadKey(NpgsqlDataReader reader) =>
        new(
            reader.GetString(1),
            reader.GetString(2),
            RoleOf(reader, 3),
            DevicesOf(reader, 4),
            NumbersOf(reader, 5),
            reader.GetFieldValue<DateTimeOffset>(6),
            reader.Maybe<DateTimeOffset>(7),
            CustomerOf(reader, 8)
        );

    private static JsonText? Json(NpgsqlDataReader reader, int column) =>
        reader.Text(column) is { } text ? new JsonText(text) : null;

    private static Role RoleOf(NpgsqlDataReader reader, int column) =>
        Enum.Parse<Role>(reader.GetString(column), ignoreCase: true);

    private static DeviceId[]? DevicesOf(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : [.. reader.GetFieldValue<string[]>(column).Select(id => new DeviceId(id))];

    private static Msisdn[]? NumbersOf(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column)
            ? null
            : [.. reader.GetFieldValue<string[]>(column).Select(digits => new Msisdn(digits))];

    private static CustomerId? CustomerOf(NpgsqlDataReader reader, int column) =>
        reader.Text(column) is { } id ? new CustomerId(id) : null;

    private static string[]? Digits(Msisdn[]? numbers) => numbers?.Select(number => number.Digits).ToArray();
}
