using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using IotOrleans.Json;

namespace IotOrleans.Incidents;

/// <summary>
/// The run of one rule for one event; its UUID is made of both, so the same event meets the same incident.
/// </summary>
[GenerateSerializer, Immutable, Alias("iot.incident-id"), JsonConverter(typeof(TextJson<IncidentId>))]
public readonly record struct IncidentId([property: Id(0)] Guid Value) : IParsable<IncidentId>
{
    public static bool TryParse([NotNullWhen(true)] string? text, IFormatProvider? provider, out IncidentId id)
    {
        var parsed = Guid.TryParseExact(text, "D", out var value);
        id = new(value);
        return parsed;
    }

    public static IncidentId Parse(string text, IFormatProvider? provider) => new(Guid.ParseExact(text, "D"));

    public override string ToString() => Value.ToString("D");
}
