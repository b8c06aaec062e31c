using System.Collections.Frozen;
using System.Text.Json;
using IotOrleans.Calls;
using IotOrleans.Incidents;
using IotOrleans.Postgres;
using Npgsql;

namespace IotOrleans.Journal;

/// <summary>
/// Rows as the grains' own records. The version column is the truth, the one inside the state a copy.
/// </summary>
internal static class Rows
{
    public static Incident Incident(NpgsqlDataReader reader, int first) => Stored(reader, first).Incident();

    public static CallLeg Leg(NpgsqlDataReader reader, int first) => Stored(reader, first).Leg();

    /// <summary>In UTF-8, as the database takes it.</summary>
    public static byte[] Json<T>(T state) => JsonSerializer.SerializeToUtf8Bytes(state, GrainStateJson.Options);

    public static string Word<T>(T value)
        where T : struct, Enum => Words<T>.Of[value];

    private static StoredRow Stored(NpgsqlDataReader reader, int first) =>
        new(reader.GetString(first), reader.GetInt32(first + 1));

    private static class Words<T>
        where T : struct, Enum
    {
        public static readonly FrozenDictionary<T, string> Of = Enum.GetValues<T>()
            .ToFrozenDictionary(value => value, value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));
    }
}

/// <summary>The state of an incident or a leg as it was read; made a record by whoever asked for it.</summary>
internal sealed record StoredRow(string State, int Version)
{
    public Incident Incident() => Parse<Incident>() with { Version = Version };

    public CallLeg Leg() => Parse<CallLeg>() with { Version = Version };

    private T Parse<T>() => JsonSerializer.Deserialize<T>(State, GrainStateJson.Options)!;
}
