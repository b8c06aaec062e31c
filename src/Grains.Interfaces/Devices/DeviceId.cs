using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using IotOrleans.Json;
using IotOrleans.Subscribers;

namespace IotOrleans.Devices;

/// <summary>
/// The name of a device: 1 to 128 of letters, digits and <c>. _ : @ -</c>, beginning with a letter or digit.
/// </summary>
[GenerateSerializer, Immutable, Alias("iot.device-id"), JsonConverter(typeof(TextJson<DeviceId>))]
public readonly record struct DeviceId([property: Id(0)] string Value) : IParsable<DeviceId>
{
    public static bool TryParse([NotNullWhen(true)] string? text, IFormatProvider? provider, out DeviceId id)
    {
        id = new(text ?? "");
        return Names.IsName(text);
    }

    private const string Line = "line:";

    /// <summary>The telephone line of a number, which tells of calls and SMS as a device tells of smoke.</summary>
    public static DeviceId LineOf(Msisdn number) => new(Line + number.Digits);

    /// <summary>The number whose line this is; null for a device that somebody registered.</summary>
    [JsonIgnore]
    public Msisdn? LineNumber =>
        Value?.StartsWith(Line, StringComparison.Ordinal) == true
        && Msisdn.TryParse(Value[Line.Length..], null, out var number)
            ? number
            : null;

    public static DeviceId Parse(string text, IFormatProvider? provider) =>
        TryParse(text, provider, out var id) ? id : throw new FormatException($"'{text}' is not a device id.");

    public override string ToString() => Value;
}
