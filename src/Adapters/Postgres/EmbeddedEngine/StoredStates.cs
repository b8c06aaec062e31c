using Npgsql;
using NpgsqlTypes;

namespace IotOrleans.Postgres;

/// <summary>One row of grain_state within a service.</summary>
internal readonly record struct GrainRow(GrainRowKey Key, string StateName);

/// <param name="Payload">JSON in UTF-8; null when the state was cleared.</param>
internal sealed record StoredState(byte[]? Payload, int Version);

/// <summary>Reads the states of many grains by one select, each by the index of their identity.</summary>
internal static class StoredStates
{
    // A row for each that is there, with its place in the question. Laterally, or the planner might read the whole
    // table.
    private const string Many = """
        select n.place::int, convert_to(s.payload::text, 'UTF8'), s.version
        from unnest($1::int[], $2::int[], $3::bigint[], $4::bigint[], $5::text[], $6::text[]) with ordinality
            as n (id_hash, type_hash, n0, n1, state_name, key_text, place)
        cross join lateral (
            select g.payload, g.version
            from grain_state g
            where g.grain_id_hash = n.id_hash and g.grain_type_hash = n.type_hash
              and g.key_n0 = n.n0 and g.key_n1 = n.n1
              and g.state_name = n.state_name and g.service_id = $7
              and g.key_text is not distinct from n.key_text
            limit 1
        ) s
        """;

    private const string One = """
        select 1, convert_to(payload::text, 'UTF8'), version
        from grain_state
        where grain_id_hash = $1 and grain_type_hash = $2 and key_n0 = $3 and key_n1 = $4
          and state_name = $5 and service_id = $7 and key_text is not distinct from $6
        """;

    public static async Task<Dictionary<GrainRow, StoredState>> Read(
        NpgsqlDataSource database,
        string serviceId,
        List<GrainRow> rows
    )
    {
        await using var command = database.CreateCommand(rows.Count == 1 ? One : Many);
        if (rows.Count == 1)
            Ask(command.Parameters, rows[0]);
        else
            Ask(command.Parameters, rows);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = serviceId });
        var found = new Dictionary<GrainRow, StoredState>(rows.Count);
        await using var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            var payload = reader.IsDBNull(1) ? null : reader.GetFieldValue<byte[]>(1);
            found[rows[reader.GetInt32(0) - 1]] = new(payload, reader.GetInt32(2));
        }
        return found;
    }

    private static void Ask(NpgsqlParameterCollection parameters, GrainRow row)
    {
        parameters.Add(new NpgsqlParameter<int> { TypedValue = row.Key.IdHash });
        parameters.Add(new NpgsqlParameter<int> { TypedValue = GrainRowKey.Hash(row.StateName) });
        parameters.Add(new NpgsqlParameter<long> { TypedValue = row.Key.N0 });
        parameters.Add(new NpgsqlParameter<long> { TypedValue = row.Key.N1 });
        parameters.Add(new NpgsqlParameter<string> { TypedValue = row.StateName });
        parameters.Add(
            new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Text, Value = (object?)row.Key.Text ?? DBNull.Value }
        );
    }

    private static void Ask(NpgsqlParameterCollection parameters, List<GrainRow> rows)
    {
        parameters.Add(Column(rows, row => row.Key.IdHash));
        parameters.Add(Column(rows, row => GrainRowKey.Hash(row.StateName)));
        parameters.Add(Column(rows, row => row.Key.N0));
        parameters.Add(Column(rows, row => row.Key.N1));
        parameters.Add(Column(rows, row => row.StateName));
        parameters.Add(Column(rows, row => row.Key.Text));
    }

    private static NpgsqlParameter<T[]> Column<T>(List<GrainRow> rows, Func<GrainRow, T> value) =>
        new() { TypedValue = [.. rows.Select(value)] };
}
