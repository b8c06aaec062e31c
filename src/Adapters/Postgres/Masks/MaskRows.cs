using Npgsql;
using NpgsqlTypes;

namespace IotOrleans.Masks;

/// <summary>Reads masks for the mirror, in the order of their versions.</summary>
internal sealed class MaskRows(NpgsqlConnection connection)
{
    private const string Since = """
        select (select count(*) from (select from masks where version > $1 limit $2) as m)
             + (select count(*) from (select from mask_sessions where version > $1 limit $2) as s)
        """;

    private const string Masks =
        "select version, real, shown, expires_at, ended_at is not null, mask_id, calls_max is not null, blocked, "
        + "customer_id from masks ";

    private const string Sessions =
        "select version, a, b, shown, expires_at, ended_at is not null, session_id, calls_max is not null "
        + "from mask_sessions ";

    private const string Seen = """
        insert into mask_mirrors (node, seen, seen_at) values ($1, $2, now())
        on conflict (node) do update set seen = excluded.seen, seen_at = excluded.seen_at
        """;

    private const string Forget = "delete from mask_mirrors where seen_at < now() - interval '1 day'";

    public async Task<long> CountSince(long version, int limit, CancellationToken cancellation)
    {
        await using var command = Command(Since, version, (long)limit);
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    public async Task<(long From, long To)[]> Pools(CancellationToken cancellation)
    {
        await using var command = Command("select from_shown, to_shown from mask_pools");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var pools = new List<(long, long)>();
        while (await reader.ReadAsync(cancellation))
            pools.Add((reader.GetInt64(0), reader.GetInt64(1)));
        return [.. pools];
    }

    /// <summary>All that is active, from one snapshot.</summary>
    public async Task<(MaskTable Table, MaskChanges Changes, long Seen)> Load(CancellationToken cancellation)
    {
        await using var snapshot = await connection.BeginTransactionAsync(
            System.Data.IsolationLevel.RepeatableRead,
            cancellation
        );
        var seen = await Newest(cancellation);
        var maker = new MaskTable.Maker(await Count(cancellation));
        var changes = MaskChanges.None.Copy();
        await using (var command = Command(Masks + "where ended_at is null"))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
            {
                var entry = Entry(reader);
                maker.Add(entry);
                if (Extra(reader) is { } extra)
                    changes.Extras[entry.Shown] = extra;
            }
        }
        await ReadSessions("where ended_at is null", 0, changes, cancellation);
        await using (var command = Command(Forget))
            await command.ExecuteNonQueryAsync(cancellation);
        await snapshot.CommitAsync(cancellation);
        return (maker.Make(), changes, seen);
    }

    /// <summary>What has changed since; returns up to where.</summary>
    public async Task<long> Apply(long version, MaskChanges changes, MaskView view, CancellationToken cancellation)
    {
        var seen = version;
        await using (var command = Command(Masks + "where version > $1 order by version", version))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
            {
                seen = Math.Max(seen, reader.GetInt64(0));
                if (reader.GetBoolean(4))
                    changes.End(Entry(reader), view);
                else
                    changes.Set(Entry(reader), Extra(reader), view);
            }
        }
        var ofSessions = await ReadSessions("where version > $1 order by version", version, changes, cancellation);
        return Math.Max(seen, ofSessions);
    }

    public async Task SaySeen(Guid node, long seen, CancellationToken cancellation)
    {
        await using var command = Command(Seen, node, seen);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private async Task<int> Count(CancellationToken cancellation)
    {
        await using var command = Command("select count(*)::int from masks where ended_at is null");
        return (int)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private async Task<long> Newest(CancellationToken cancellation)
    {
        await using var command = Command(
            "select greatest((select max(version) from masks), (select max(version) from mask_sessions), 0)"
        );
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private async Task<long> ReadSessions(
        string which,
        long version,
        MaskChanges changes,
        CancellationToken cancellation
    )
    {
        var seen = version;
        await using var command = which.Contains("$1", StringComparison.Ordinal)
            ? Command(Sessions + which, version)
            : Command(Sessions + which);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            seen = Math.Max(seen, reader.GetInt64(0));
            var (a, b, shown) = (reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3));
            var (id, isEnded) = (reader.GetInt64(6), reader.GetBoolean(5));
            foreach (var (party, other) in new[] { (a, b), (b, a) })
            {
                var entry = new SessionEntry(id, other, Seconds(reader, 4), reader.GetBoolean(7));
                if (!isEnded)
                    changes.Sessions[(shown, party)] = entry;
                else if (changes.Sessions.TryGetValue((shown, party), out var known) && known.SessionId == id)
                    changes.Sessions.Remove((shown, party));
            }
            // A number of sessions stays one when the last has ended: its callers must hear that it is nobody's.
            changes.SessionNumbers.Add(shown);
        }
        return seen;
    }

    private static MaskEntry Entry(NpgsqlDataReader reader) =>
        new(
            reader.GetInt64(1),
            reader.GetInt64(2),
            Seconds(reader, 3),
            reader.IsDBNull(8) ? null : reader.GetString(8)
        );

    private static MaskExtra? Extra(NpgsqlDataReader reader) =>
        reader.GetBoolean(6) || !reader.IsDBNull(7)
            ? new(reader.GetInt64(5), reader.GetBoolean(6), reader.IsDBNull(7) ? null : reader.GetFieldValue<long[]>(7))
            : null;

    private static uint Seconds(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column)
            ? 0
            : (uint)Math.Clamp(reader.GetFieldValue<DateTimeOffset>(column).ToUnixTimeSeconds(), 1, uint.MaxValue);

    private NpgsqlCommand Command(string sql, params object[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(
                new NpgsqlParameter
                {
                    Value = value,
                    NpgsqlDbType = value is Guid ? NpgsqlDbType.Uuid : NpgsqlDbType.Bigint,
                }
            );
        }
        return command;
    }
}
