using IotOrleans.Journal;
using IotOrleans.Postgres;
using Npgsql;

namespace IotOrleans.Access;

public sealed partial class PostgresAccess
{
    private const string Columns =
        "seq, username, role, password_hash, stamp, active, created_at, failed_logins, last_failure_at, "
        + "subscribers, customer_id";

    private const string ByName = $"select {Columns} from users where username = $1";

    private const string Listed = $"select {Columns} from users where seq < $1 order by seq desc limit $2";

    // Taken in the transaction before the statement, which therefore sees all that others have done under it.
    private const string OneAtATime = "select pg_advisory_xact_lock(1768911969)";

    private const string First = """
        insert into users (username, role, password_hash, stamp, active, created_at)
        select $1, 'admin', $2, md5(random()::text), true, now()
        where not exists (select from users)
        """;

    private const string New = """
        insert into users (username, role, password_hash, stamp, active, created_at, subscribers, customer_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing
        """;

    // The last active administrator stays one.
    private const string AnotherAdministrator =
        "exists (select from users where role = 'admin' and active and username <> $1)";

    private const string Changed = $"""
        update users set role = $2, password_hash = $3, stamp = $4, active = $5, subscribers = $6, failed_logins = 0
        where username = $1 and (($2 = 'admin' and $5) or role <> 'admin' or not active or {AnotherAdministrator})
        """;

    private const string Removed =
        $"delete from users where username = $1 and (role <> 'admin' or not active or {AnotherAdministrator})";

    private const string Counted = """
        update users set failed_logins = case when $2 then failed_logins + 1 else 0 end,
                         last_failure_at = case when $2 then $3 else last_failure_at end
        where username = $1 returning 0::bigint, failed_logins
        """;

    public async Task<bool> Found(string username, string passwordHash, CancellationToken cancellation) =>
        await RunAlone(First, cancellation, username, passwordHash) == 1;

    public Task<User?> FindUser(string username, CancellationToken cancellation) =>
        Select.One(database, ByName, ReadUser, cancellation, username);

    public Task<Page<User>> Users(PageRequest page, CancellationToken cancellation) =>
        Select.Page(database, Listed, page, ReadUser, cancellation);

    public async Task<bool> AddUser(User user, CancellationToken cancellation) =>
        await Select.Run(
            database,
            New,
            cancellation,
            user.Username,
            Rows.Word(user.Role),
            user.PasswordHash,
            user.Stamp,
            user.Active,
            user.CreatedAt,
            Digits(user.Subscribers),
            user.CustomerId?.Value
        ) == 1;

    public async Task<bool> ChangeUser(User user, CancellationToken cancellation) =>
        await RunAlone(
            Changed,
            cancellation,
            user.Username,
            Rows.Word(user.Role),
            user.PasswordHash,
            user.Stamp,
            user.Active,
            Digits(user.Subscribers)
        ) == 1;

    public async Task<bool> RemoveUser(string username, CancellationToken cancellation) =>
        await RunAlone(Removed, cancellation, username) == 1;

    public Task<int> CountLogin(string username, bool failed, DateTimeOffset now, CancellationToken cancellation) =>
        Select.One(database, Counted, reader => reader.GetInt32(1), cancellation, username, failed, now);

    /// <summary>Two that found, or that lower the last two administrators, come one after the other.</summary>
    private Task<int> RunAlone(string sql, CancellationToken cancellation, params object?[] values) =>
        Select.Guarded(async () =>
        {
            await using var connection = await database.OpenConnectionAsync(cancellation);
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            await using var alone = new NpgsqlCommand(OneAtATime, connection);
            await alone.ExecuteNonQueryAsync(cancellation);
            await using var command = new NpgsqlCommand(sql, connection);
            Select.Fill(command, values);
            var rows = await command.ExecuteNonQueryAsync(cancellation);
            await transaction.CommitAsync(cancellation);
            return rows;
        });

    private static User ReadUser(NpgsqlDataReader reader) =>
        new(
            reader.GetString(1),
            RoleOf(reader, 2),
            reader.GetString(3),
            reader.GetString(4),
            reader.GetBoolean(5),
            reader.GetFieldValue<DateTimeOffset>(6),
            reader.GetInt32(7),
            reader.Maybe<DateTimeOffset>(8),
            NumbersOf(reader, 9),
            CustomerOf(reader, 10)
        );
}
