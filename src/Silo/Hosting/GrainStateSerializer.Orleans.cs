using System.Text.Json;
using IotOrleans.Postgres;
using Orleans.Storage;

namespace IotOrleans.Hosting;

/// <summary>
/// Grain state as the embedded engine writes it, so that a house can move from one engine to the other and back.
/// </summary>
internal sealed class GrainStateSerializer : IGrainStorageSerializer
{
    public BinaryData Serialize<T>(T? input) => new(JsonSerializer.SerializeToUtf8Bytes(input, GrainStateJson.Options));

    public T? Deserialize<T>(BinaryData input) =>
        JsonSerializer.Deserialize<T>(input.ToMemory().Span, GrainStateJson.Options);
}
