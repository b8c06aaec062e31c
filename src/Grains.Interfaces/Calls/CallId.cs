using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using IotOrleans.Json;

namespace IotOrleans.Calls;

/// <summary>One side of one call; the same UUID is the channel's in the switch.</summary>
[GenerateSerializer, Immutable, Alias("iot.call-id"), JsonConverter(typeof(TextJson<CallId>))]
public readonly record struct CallId([property: Id(0)] Guid Value) : IParsable<CallId>
{
    public static bool TryParse([NotNullWhen(true)] string? text, IFormatProvider? provider, out CallId id)
    {
        var parsed = Guid.TryParseExact(text, "D", out var value);
        id = new(value);
        return parsed;
    }

    public static CallId Parse(string text, IFormatProvider? provider) => new(Guid.ParseExact(text, "D"));

    public override string ToString() => Value.ToString("D");
}
