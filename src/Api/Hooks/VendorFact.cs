using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IotOrleans.Events;
using IotOrleans.Json;

namespace IotOrleans.Hooks;

/// <summary>One thing that a hub says, in our words as far as the maker's words tell.</summary>
/// <param name="Names">The maker's names of the device, the best first.</param>
/// <param name="EventType">Null: the kind of the device tells what it means.</param>
/// <param name="Active">Whether a state holds; null for a plain happening such as a button.</param>
/// <param name="EventId">Names the happening, so that a repeat is harmless.</param>
/// <param name="More">What rules may look at besides.</param>
public sealed record VendorFact(
    string[] Names,
    string? EventType,
    bool? Active = null,
    string? EventId = null,
    DateTimeOffset? OccurredAt = null,
    JsonObject? More = null
)
{
    /// <summary>The payload of the event: what the message says, and whether the state holds.</summary>
    public JsonText Payload()
    {
        var payload = More?.DeepClone().AsObject() ?? [];
        if (Active is { } active)
            payload["active"] = active;
        return new(payload.ToJsonString(ContractJson.Options));
    }

    /// <summary>An id of these parts; a hash when they do not fit into one.</summary>
    public static string IdOf(params ReadOnlySpan<string> parts)
    {
        var id = string.Join('-', parts!);
        return IsId(id) ? id : parts[0] + "-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)));
    }

    /// <summary>RFC 3339, or unix seconds or milliseconds; null for anything else.</summary>
    public static DateTimeOffset? Time(JsonElement? value)
    {
        if (value is not { } given || FieldPath.Text(given) is not { } text)
            return null;
        if (UtcTimeJson.TryRead(text, out var time))
            return time;
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var unix))
            return null;
        var milliseconds = unix < 100_000_000_000 ? unix * 1000 : unix;
        return milliseconds is > 0 and < 200_000_000_000_000
            ? DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds)
            : null;
    }

    private static bool IsId(string id) => IotOrleans.Names.IsLine(id, DeviceEvent.EventIdLengthMax);
}

/// <summary>What was made of a message: facts, or why there are none.</summary>
/// <param name="Unmapped">Nobody said what this means: the hub is told, and it is written down.</param>
/// <param name="Ignored">It is understood and no event: telemetry, or a state that nobody knows.</param>
/// <param name="Living">Names of the device that has shown by this message that it lives.</param>
public sealed record HookReading(
    VendorFact[] Facts,
    string? Unmapped = null,
    string? Ignored = null,
    string[]? Living = null
)
{
    public static HookReading Of(params VendorFact[] facts) => new(facts);

    public static HookReading NotMapped(string why) => new([], Unmapped: why);

    public static HookReading Passed(string why) => new([], Ignored: why);

    /// <summary>Facts count, then what nobody understood, then what is no event.</summary>
    public static HookReading Join(IEnumerable<HookReading> readings)
    {
        var all = readings.ToList();
        VendorFact[] facts = [.. all.SelectMany(reading => reading.Facts)];
        return facts.Length > 0
            ? new(facts)
            : all.Find(reading => reading.Unmapped is not null)
                ?? all.Find(reading => reading.Ignored is not null)
                ?? NotMapped("the message is empty");
    }
}
