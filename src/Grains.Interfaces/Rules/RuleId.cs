using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using IotOrleans.Json;

namespace IotOrleans.Rules;

/// <summary>The name of a rule; the same alphabet as a device id.</summary>
[GenerateSerializer, Immutable, Alias("iot.rule-id"), JsonConverter(typeof(TextJson<RuleId>))]
public readonly record struct RuleId([property: Id(0)] string Value) : IParsable<RuleId>
{
    public static RuleId New() => new("rule-" + Guid.CreateVersion7().ToString("N"));

    public static bool TryParse([NotNullWhen(true)] string? text, IFormatProvider? provider, out RuleId id)
    {
        id = new(text ?? "");
        return Names.IsName(text);
    }

    public static RuleId Parse(string text, IFormatProvider? provider) =>
        TryParse(text, provider, out var id) ? id : throw new FormatException($"'{text}' is not a rule id.");

    public override string ToString() => Value;
}
