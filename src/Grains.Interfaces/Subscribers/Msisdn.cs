using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace IotOrleans.Subscribers;

/// <summary>
/// A telephone number in E.164 form: 7 to 15 digits without the plus, or a short emergency number of 2 to 4 digits.
/// Written with a plus, except the short ones. <see cref="NumberPlan"/> reads what people write.
/// </summary>
[GenerateSerializer, Immutable, Alias("iot.msisdn"), JsonConverter(typeof(StoredForm))]
public readonly record struct Msisdn([property: Id(0)] string Digits) : IParsable<Msisdn>
{
    /// <summary>Public emergency services have short numbers; no subscriber has.</summary>
    public bool IsShort => Digits.Length < 7;

    /// <summary>For logs: everything but the country and the last two digits is hidden.</summary>
    public string Masked =>
        IsShort ? Digits : string.Concat("+", Digits.AsSpan(0, 1), "*****", Digits.AsSpan(Digits.Length - 2));

    public static bool TryParse([NotNullWhen(true)] string? text, IFormatProvider? provider, out Msisdn number)
    {
        var digits = text?.StartsWith('+') == true ? text[1..] : text ?? "";
        number = new(digits);
        return digits is { Length: (>= 7 and <= 15) } and not ['0', ..]
            && !digits.AsSpan().ContainsAnyExceptInRange('0', '9');
    }

    public static Msisdn Parse(string text, IFormatProvider? provider) =>
        TryParse(text, provider, out var number) ? number : throw new FormatException("Not a number in E.164 form.");

    public override string ToString() => IsShort ? Digits : "+" + Digits;

    /// <summary>
    /// Reads what <see cref="ToString"/> wrote, short numbers included; what people write is read by a number plan.
    /// </summary>
    private sealed class StoredForm : JsonConverter<Msisdn>
    {
        public override Msisdn Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : "";
            if (text.Length is >= 2 and <= 4 && text.All(char.IsAsciiDigit))
                return new(text);
            return TryParse(text, null, out var number)
                ? number
                : throw new JsonException("is not a number in E.164 form");
        }

        public override void Write(Utf8JsonWriter writer, Msisdn value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }
}
