using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace IotOrleans.Json;

/// <summary>
/// Times are RFC 3339 in UTC. An offset is required on the way in: a local time without one could be any hour.
/// </summary>
public sealed class UtcTimeJson : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String || !TryRead(reader.GetString(), out var time))
        {
            throw new JsonException("must be a time in RFC 3339 form with an offset, such as 2026-01-31T08:00:00Z");
        }
        return time;
    }

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Text(value));

    public static string Text(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFK", CultureInfo.InvariantCulture);

    public static bool TryRead(string? text, out DateTimeOffset time)
    {
        time = default;
        return text is { Length: >= 20 and <= 40 }
            && text[10] is 'T' or 't'
            && (text[^1] is 'Z' or 'z' || text[^6] is '+' or '-')
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out time)
            && time.Year is > 1970 and < 9000;
    }
}
