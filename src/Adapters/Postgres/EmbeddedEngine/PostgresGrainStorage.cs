using System.Globalization;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Orleans.Storage;

namespace IotOrleans.Postgres;

/// <summary>
/// Grain state in the table grain_state, as the ADO.NET provider of Orleans would keep it: the same rows, versions and
/// refusals. A version is the etag, and only the version that was read can be written over.
/// </summary>
/// <param name="database">Best opened with automatic preparation: every call is one of three statements.</param>
/// <param name="serviceId">Whose grains they are; the ServiceId of the cluster in the Orleans build.</param>
public sealed class PostgresGrainStorage(NpgsqlDataSource database, string serviceId) : IGrainStorage
{
    private static readonly string[] Identity =
    [
        "GrainIdHash",
        "GrainIdN0",
        "GrainIdN1",
        "GrainTypeHash",
        "GrainTypeString",
        "GrainIdExtensionString",
        "ServiceId",
    ];

    private static readonly string[] Versioned = [.. Identity, "GrainStateVersion"];

    private static readonly string[] Written = [.. Versioned, "PayloadBinary"];

    private readonly StoredQueries _queries = new(database);

    private readonly GatheredReads<GrainRow, StoredState> _reads = new(rows =>
        StoredStates.Read(database, serviceId, rows)
    );

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var stored = await _reads.Read(new(GrainRowKey.Of(grainId.Key.ToString()), stateName));
        grainState.State =
            (stored?.Payload is { } payload ? JsonSerializer.Deserialize<T>(payload, GrainStateJson.Options) : default)
            ?? Activator.CreateInstance<T>();
        // A state that was cleared has a version but does not exist.
        grainState.RecordExists = stored?.Payload is not null;
        grainState.ETag = stored?.Version.ToString(CultureInfo.InvariantCulture);
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var payload = JsonSerializer.SerializeToUtf8Bytes(grainState.State, GrainStateJson.Options);
        await using var write = await _queries.Command("WriteToStorageKey", Written);
        Identify(write, stateName, grainId);
        AddVersion(write, grainState.ETag);
        write.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = payload });
        grainState.ETag = await NewVersion(write, "write", stateName, grainId, grainState.ETag);
        grainState.RecordExists = true;
    }

    /// <summary>Empties the state. Its row stays and keeps counting, so that a stale owner is still refused.</summary>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (!grainState.RecordExists && grainState.ETag is null)
        {
            await ReadStateAsync(stateName, grainId, grainState);
            if (!grainState.RecordExists)
            {
                return;
            }
        }
        await using var clear = await _queries.Command("ClearStorageKey", Versioned);
        Identify(clear, stateName, grainId);
        AddVersion(clear, grainState.ETag);
        grainState.ETag = await NewVersion(clear, "clear", stateName, grainId, grainState.ETag);
        grainState.RecordExists = false;
        grainState.State = Activator.CreateInstance<T>();
    }

    private void Identify(NpgsqlCommand command, string stateName, GrainId grainId)
    {
        var key = GrainRowKey.Of(grainId.Key.ToString());
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = key.IdHash });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = key.N0 });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = key.N1 });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = GrainRowKey.Hash(stateName) });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stateName });
        command.Parameters.Add(
            new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Text, Value = (object?)key.Text ?? DBNull.Value }
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = serviceId });
    }

    private static void AddVersion(NpgsqlCommand command, string? etag) =>
        command.Parameters.Add(
            new NpgsqlParameter
            {
                NpgsqlDbType = NpgsqlDbType.Integer,
                Value = etag is null ? DBNull.Value : int.Parse(etag, CultureInfo.InvariantCulture),
            }
        );

    private static async Task<string> NewVersion(
        NpgsqlCommand command,
        string what,
        string stateName,
        GrainId grainId,
        string? etag
    )
    {
        var version = await command.ExecuteScalarAsync() is int number
            ? number.ToString(CultureInfo.InvariantCulture)
            : null;
        return version is not null && version != etag
            ? version
            : throw new InconsistentStateException(
                $"The {what} of state '{stateName}' of {grainId} was based on version {etag ?? "(none)"}, which is not "
                    + "the stored one any more.",
                storedEtag: null,
                currentEtag: etag
            );
    }
}
