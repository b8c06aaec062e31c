using System.Text.Json;
using System.Text.Json.Serialization;

namespace IotOrleans.Events;

/// <summary>
/// Many facts at once: a bare array, or an object with the member "events". The answer has the same form.
/// </summary>
[JsonConverter(typeof(Converter))]
public sealed record EventBatch(EventBody[] Events, [property: JsonIgnore] bool IsBare)
{
    private sealed record Wrapped(EventBody[] Events);

    private sealed class Converter : JsonConverter<EventBatch>
    {
        public override EventBatch Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.StartArray
                ? new(JsonSerializer.Deserialize<EventBody[]>(ref reader, options)!, IsBare: true)
                : new(JsonSerializer.Deserialize<Wrapped>(ref reader, options)!.Events, IsBare: false);

        public override void Write(Utf8JsonWriter writer, EventBatch value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, new Wrapped(value.Events), options);
    }
}
