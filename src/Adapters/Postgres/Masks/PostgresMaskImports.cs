using System.Text;
using IotOrleans.Access;
using IotOrleans.Postgres;
using IotOrleans.Subscribers;
using Npgsql;
using NpgsqlTypes;

namespace IotOrleans.Masks;

/// <summary>
/// Files of masks. Reading copies the lines that are right beside the masks, in one transaction; applying makes masks
/// of them in another one. A process that dies in the middle leaves nothing of either.
/// </summary>
public sealed partial class PostgresMaskImports(
    NpgsqlDataSource database,
    Replica replica,
    NumberPlan numbers,
    TimeProvider clock
) : IMaskImports
{
    private const int LineMax = 1_000;
    private static readonly TimeSpan Tell = TimeSpan.FromSeconds(1);

    private const string Columns = """
        import_id, status, created_by, created_at, rows, accepted, unchanged, rejected, detail,
        status in ('reading', 'applying') and updated_at < now() - interval '60 seconds'
        """;

    private const string Begin = """
        insert into mask_imports (import_id, status, created_by, pool, customer_id) values ($1, 'reading', $2, $3, $4)
        on conflict (import_id) do nothing
        """;

    private const string Copy =
        "copy mask_import_rows (import_id, line, real, shown, expires_at, note) from stdin (format binary)";

    private const string Progress = """
        update mask_imports set rows = $2, accepted = $3, rejected = $4, updated_at = now() where import_id = $1
        """;

    private const string Status =
        "update mask_imports set status = $2, detail = $3, updated_at = now() where import_id = $1";

    /// <summary>Who sees this; null sees all.</summary>
    private string? Customer { get; init; }

    public IMaskImports For(CustomerId? customer) =>
        customer is { } id ? new PostgresMaskImports(database, replica, numbers, clock) { Customer = id.Value } : this;

    public async Task<MaskImport?> Read(
        Guid id,
        string by,
        Stream csv,
        string? pool,
        bool judge,
        CancellationToken cancellation
    )
    {
        if (await Select.Run(database, Begin, cancellation, id, by, pool, Customer) == 0)
            return null;
        try
        {
            await ReadLines(id, csv, new(numbers, pool is not null), judge, cancellation);
        }
        catch (Exception trouble) when (trouble is InvalidDataException or IOException || DatabaseTrouble.Is(trouble))
        {
            var words = trouble is InvalidDataException ? trouble.Message : "it was interrupted";
            await Select.Run(database, Status, CancellationToken.None, id, "failed", words);
            if (trouble is not InvalidDataException)
                throw;
        }
        return await Find(id, cancellation);
    }

    public Task<MaskImport?> Find(Guid id, CancellationToken cancellation) =>
        Select.One<MaskImport?>(
            database,
            $"select {Columns} from mask_imports where import_id = $1 and ($2::text is null or customer_id = $2)",
            row =>
            {
                // Whoever read or applied it is gone, and with it all that was not finished.
                var isDead = row.GetBoolean(9);
                return new(
                    row.GetGuid(0),
                    isDead ? "failed" : row.GetString(1),
                    row.GetString(2),
                    row.GetFieldValue<DateTimeOffset>(3),
                    row.GetInt64(4),
                    row.GetInt64(5),
                    row.GetInt64(6),
                    row.GetInt64(7),
                    isDead ? "interrupted; nothing of it was applied" : row.Text(8)
                );
            },
            cancellation,
            id,
            Customer
        );

    public Task<RejectedLine[]> Rejects(Guid id, int limit, CancellationToken cancellation) =>
        Select.Guarded(async () =>
        {
            const string Sql = """
                select line, reason, text from mask_import_rejects where import_id = $1 order by line limit $2
                """;
            await using var command = Select.Command(database, Sql, [id, (long)limit]);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            var lines = new List<RejectedLine>();
            while (await reader.ReadAsync(cancellation))
                lines.Add(new(reader.GetInt64(0), reader.GetString(1), reader.Text(2)));
            return lines.ToArray();
        });

    private async Task ReadLines(Guid id, Stream csv, MaskCsv format, bool judge, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var count = new LineCount();
        var rejects = new List<RejectedLine>();
        await using (var copy = await connection.BeginBinaryImportAsync(Copy, cancellation))
        {
            copy.Timeout = TimeSpan.FromMinutes(10);
            await CopyLines(id, csv, format, copy, count, rejects, cancellation);
            await copy.CompleteAsync(cancellation);
        }
        await Keep(connection, id, rejects, cancellation);
        await Run(connection, Progress, id, count.Rows, count.Right, count.Wrong);
        var shortage = judge ? await JudgeLines(connection, id, null) : null;
        await Run(connection, Status, id, "ready", shortage);
        await transaction.CommitAsync(cancellation);
    }

    private async Task CopyLines(
        Guid id,
        Stream csv,
        MaskCsv format,
        NpgsqlBinaryImporter copy,
        LineCount count,
        List<RejectedLine> rejects,
        CancellationToken cancellation
    )
    {
        using var reader = new StreamReader(csv, Encoding.UTF8, leaveOpen: true);
        var told = clock.GetTimestamp();
        for (var line = 1L; await reader.ReadLineAsync(cancellation) is { } text; line++)
        {
            if (text.Length == 0 || (line == 1 && format.ReadHeading(text)))
                continue;
            if (++count.Rows > MaskImport.RowsMax)
                throw new InvalidDataException($"It has more than {MaskImport.RowsMax} lines.");
            var mask = default(MaskLine);
            var wrong = text.Length > LineMax ? "the line is too long" : format.Read(text, out mask);
            if (wrong is null)
            {
                count.Right++;
                await Row(copy, id, line, mask, cancellation);
            }
            else
            {
                count.Wrong++;
                if (rejects.Count < MaskImport.RejectsMax)
                    rejects.Add(new(line, wrong, MaskCsv.Shown(text)));
            }
            if (clock.GetElapsedTime(told) < Tell)
                continue;
            told = clock.GetTimestamp();
            await Select.Run(database, Progress, cancellation, id, count.Rows, count.Right, count.Wrong);
        }
    }

    private static async Task Row(
        NpgsqlBinaryImporter copy,
        Guid id,
        long line,
        MaskLine mask,
        CancellationToken cancellation
    )
    {
        await copy.StartRowAsync(cancellation);
        await copy.WriteAsync(id, NpgsqlDbType.Uuid, cancellation);
        await copy.WriteAsync(line, NpgsqlDbType.Bigint, cancellation);
        await copy.WriteAsync(mask.Real, NpgsqlDbType.Bigint, cancellation);
        if (mask.Shown is { } shown)
            await copy.WriteAsync(shown, NpgsqlDbType.Bigint, cancellation);
        else
            await copy.WriteNullAsync(cancellation);
        if (mask.ExpiresAt is { } expires)
            await copy.WriteAsync(expires.UtcDateTime, NpgsqlDbType.TimestampTz, cancellation);
        else
            await copy.WriteNullAsync(cancellation);
        if (mask.Note is { } note)
            await copy.WriteAsync(note, NpgsqlDbType.Text, cancellation);
        else
            await copy.WriteNullAsync(cancellation);
    }

    private static async Task Keep(
        NpgsqlConnection connection,
        Guid id,
        List<RejectedLine> rejects,
        CancellationToken cancellation
    )
    {
        const string Sql = """
            insert into mask_import_rejects (import_id, line, reason, text)
            select $1, line, reason, text from unnest($2::bigint[], $3::text[], $4::text[]) as n (line, reason, text)
            """;
        await using var command = Command(
            connection,
            Sql,
            id,
            rejects.Select(reject => reject.Line).ToArray(),
            rejects.Select(reject => reject.Reason).ToArray(),
            rejects.Select(reject => reject.Text).ToArray()
        );
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params object?[] values)
    {
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 600 };
        Select.Fill(command, values);
        return command;
    }

    private sealed class LineCount
    {
        public long Rows;
        public long Right;
        public long Wrong;
    }
}
