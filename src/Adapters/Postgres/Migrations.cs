using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace IotOrleans.Postgres;

/// <summary>
/// Brings a database to the tables this program was built with: the scripts of <c>sql/</c>, in the order of their
/// numbers, each once. Several processes may start at the same moment; the first applies, the others wait and go on.
/// </summary>
public static partial class Migrations
{
    private const string Applied = "select version, name, checksum from schema_version order by version";

    private const string CreateTable = """
        create table if not exists schema_version (
            version    integer     primary key,
            name       text        not null,
            checksum   text        not null,
            applied_at timestamptz not null default now()
        )
        """;

    private const string Record =
        "insert into schema_version (version, name, checksum) values (@version, @name, @checksum)";

    // Held to the end of each script's transaction, so a process that dies in the middle lets go by itself. The number
    // is "iotm" in ASCII; it only has to differ from those of other programs on the same database.
    private const string Lock = "select pg_advisory_xact_lock(1768911981)";

    /// <summary>The scripts this program carries, in order.</summary>
    public static IReadOnlyList<Migration> Known { get; } = Read(typeof(Migrations).Assembly);

    /// <summary>Applies what is missing. On a database that lacks nothing this is one query.</summary>
    /// <returns>How many scripts were applied.</returns>
    /// <exception cref="MigrationException">The database was made by other scripts than these.</exception>
    public static Task<int> Apply(NpgsqlDataSource database, ILogger log, CancellationToken cancellation = default) =>
        Apply(database, Known, log, cancellation);

    internal static async Task<int> Apply(
        NpgsqlDataSource database,
        IReadOnlyList<Migration> known,
        ILogger log,
        CancellationToken cancellation = default
    )
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var count = 0;
        var pending = Pending(known, await ReadApplied(connection, cancellation), log);
        while (pending is not null)
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            await Execute(connection, Lock, cancellation);
            await Execute(connection, CreateTable, cancellation);
            pending = Pending(known, await ReadApplied(connection, cancellation), log);
            if (pending is not null)
            {
                await Run(connection, pending, cancellation);
                count++;
                LogApplied(log, pending);
            }
            await transaction.CommitAsync(cancellation);
        }
        return count;
    }

    /// <summary>The first script that the database lacks, or null.</summary>
    internal static Migration? Pending(IReadOnlyList<Migration> known, IReadOnlyList<Migration> applied, ILogger log)
    {
        foreach (var (index, there) in applied.Index())
        {
            if (there.Number != index + 1)
            {
                throw new MigrationException($"The database lacks migration {index + 1} but has {there}.");
            }
            if (index < known.Count && known[index].Checksum != there.Checksum)
            {
                throw new MigrationException(
                    $"The database has migration {there} with other contents than this program's {known[index]}. "
                        + "A script that was released is never changed: add a new one."
                );
            }
        }
        if (applied.Count > known.Count)
        {
            // The other half of a rolling upgrade: newer scripts only add, so the older program may go on.
            LogNewer(log, applied[^1]);
        }
        return known.ElementAtOrDefault(applied.Count);
    }

    internal static IReadOnlyList<Migration> Read(Assembly assembly)
    {
        var found = assembly
            .GetManifestResourceNames()
            .Where(name => name.StartsWith("sql/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
                return Migration.From(name["sql/".Length..], reader.ReadToEnd());
            })
            .ToList();
        return found.Index().FirstOrDefault(m => m.Item.Number != m.Index + 1) is { Item: { } stray }
            ? throw new MigrationException($"The scripts of sql/ are not numbered one by one: see {stray}.")
            : found;
    }

    private static async Task<List<Migration>> ReadApplied(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var applied = new List<Migration>();
        try
        {
            await using var command = new NpgsqlCommand(Applied, connection);
            await using var rows = await command.ExecuteReaderAsync(cancellation);
            while (await rows.ReadAsync(cancellation))
            {
                applied.Add(new(rows.GetInt32(0), rows.GetString(1), rows.GetString(2), ""));
            }
        }
        catch (PostgresException empty) when (empty.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            // A database that never saw us: nothing is applied.
        }
        return applied;
    }

    private static async Task Run(NpgsqlConnection connection, Migration script, CancellationToken cancellation)
    {
        try
        {
            await Execute(connection, script.Sql, cancellation);
        }
        catch (PostgresException refused)
        {
            throw new MigrationException($"Migration {script} failed: {refused.MessageText}", refused);
        }
        await using var record = new NpgsqlCommand(Record, connection);
        record.Parameters.AddWithValue("version", script.Number);
        record.Parameters.AddWithValue("name", script.Name);
        record.Parameters.AddWithValue("checksum", script.Checksum);
        await record.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 300 };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    [LoggerMessage(LogLevel.Information, "Applied migration {Migration}")]
    private static partial void LogApplied(ILogger log, Migration migration);

    [LoggerMessage(LogLevel.Warning, "The database is newer than this program: it has migration {Newest}")]
    private static partial void LogNewer(ILogger log, Migration newest);
}

/// <summary>One script: <c>NNNN_name.sql</c>.</summary>
public sealed record Migration(int Number, string Name, string Checksum, string Sql)
{
    public static Migration From(string file, string text)
    {
        if (
            Path.GetFileNameWithoutExtension(file) is not { Length: > 5 } stem
            || stem[4] != '_'
            || !int.TryParse(stem.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        )
        {
            throw new MigrationException($"'{file}' is not named NNNN_name.sql.");
        }
        // A checkout may have changed the line ends; the statements are the same.
        var sql = text.ReplaceLineEndings("\n");
        return new(number, stem[5..], Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql))), sql);
    }

    public override string ToString() => $"{Number:0000}_{Name}";
}

/// <summary>The database and the scripts of this program do not belong together.</summary>
public sealed class MigrationException : Exception
{
    public MigrationException() { }

    public MigrationException(string message)
        : base(message) { }

    public MigrationException(string message, Exception inner)
        : base(message, inner) { }
}
