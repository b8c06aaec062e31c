using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using IotOrleans.Http;
using IotOrleans.Json;

namespace IotOrleans.Devices;

/// <summary>A merge patch (RFC 7396) of a registration: what is given replaces, null clears, the rest stays.</summary>
internal static class DeviceChange
{
    public static async ValueTask<(DeviceRegistration? Changed, IResult? Problem)> Read(
        DeviceRegistration known,
        HttpContext context,
        Body bodies
    )
    {
        var (patch, problem) = await bodies.Read<JsonObject>(context);
        if (patch is null)
            return (null, problem);
        var merged = JsonSerializer.SerializeToNode(known, ContractJson.Options)!.AsObject();
        foreach (var (name, value) in patch)
        {
            if (value is null)
                merged.Remove(name);
            else
                merged[name] = value.DeepClone();
        }
        return bodies.Parse<DeviceRegistration>(
            new ReadOnlySequence<byte>(JsonSerializer.SerializeToUtf8Bytes(merged))
        );
    }
}
