using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using IotOrleans.Json;

namespace IotOrleans.Access;

/// <summary>The name of a customer of the house, written as those of devices are. None is the house itself.</summary>
[JsonConverter(typeof(TextJson<CustomerId>))]
public readonly record struct CustomerId(string Value) : IParsable<CustomerId>
{
    public static bool TryParse([NotNullWhen(true)] string? text, IFormatProvider? provider, out CustomerId id)
    {
        id = new(text ?? "");
        return Names.IsName(text);
    }

    public static CustomerId Parse(string text, IFormatProvider? provider) =>
        TryParse(text, provider, out var id) ? id : throw new FormatException($"'{text}' is not a customer id.");

    public override string ToString() => Value;
}
