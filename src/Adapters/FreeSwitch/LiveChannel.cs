using System.Globalization;
using System.Text.Json;

namespace IotOrleans.FreeSwitch;

/// <summary>A channel that lives on the switch now.</summary>
public sealed record LiveChannel(
    Guid Uuid,
    bool IsInbound,
    bool IsAnswered,
    string CallerNumber,
    string Destination,
    DateTimeOffset CreatedAt
)
{
    /// <summary>
    /// Reads <c>show channels as json</c>; a channel whose name is no uuid is none of ours and left out.
    /// </summary>
    /// <exception cref="EslProtocolException">The text is not such a list.</exception>
    public static IReadOnlyList<LiveChannel> List(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (!document.RootElement.TryGetProperty("rows", out var rows))
                return [];
            return [.. rows.EnumerateArray().Select(From).OfType<LiveChannel>()];
        }
        catch (Exception trouble) when (trouble is JsonException or InvalidOperationException)
        {
            throw new EslProtocolException("The list of channels is malformed.", trouble);
        }
    }

    private static LiveChannel? From(JsonElement row)
    {
        if (!Guid.TryParse(Text(row, "uuid"), out var uuid))
            return null;
        _ = long.TryParse(Text(row, "created_epoch"), NumberStyles.None, CultureInfo.InvariantCulture, out var created);
        return new LiveChannel(
            uuid,
            Text(row, "direction") == "inbound",
            Text(row, "callstate") is "ACTIVE" or "HELD" or "UNHELD",
            Text(row, "cid_num"),
            Text(row, "dest"),
            DateTimeOffset.FromUnixTimeSeconds(created)
        );
    }

    private static string Text(JsonElement row, string name) =>
        row.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
