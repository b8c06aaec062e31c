using System.Text.Json;
using System.Text.Json.Serialization;

namespace IotOrleans.Json;

/// <summary>A piece of JSON that we carry and look into but do not define: a payload, metadata, arguments.</summary>
[GenerateSerializer, Immutable, Alias("iot.json"), JsonConverter(typeof(Converter))]
public readonly record struct JsonText([property: Id(0)] string Text)
{
    public static JsonText Empty { get; } = new("{}");

    /// <summary>The parsed form; the caller disposes it.</summary>
    public JsonDocument Parse() => JsonDocument.Parse(Text ?? "null", new() { MaxDepth = ContractJson.DepthMax });

    public override string ToString() => Text ?? "null";

    private sealed class Converter : JsonConverter<JsonText>
    {
        private static readonly JsonDocumentOptions Strict = new()
        {
            AllowDuplicateProperties = false,
            MaxDepth = ContractJson.DepthMax,
        };

        public override JsonText Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            var text = document.RootElement.GetRawText();
            // Read once more, strictly: of two members of one name nobody knows which was meant.
            using var strict = JsonDocument.Parse(text, Strict);
            return new(text);
        }

        public override void Write(Utf8JsonWriter writer, JsonText value, JsonSerializerOptions options) =>
            writer.WriteRawValue(value.ToString(), skipInputValidation: false);
    }
}
