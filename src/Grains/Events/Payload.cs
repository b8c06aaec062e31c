using System.Globalization;
using System.Text.Json;
using IotOrleans.Json;
using IotOrleans.Rules;

namespace IotOrleans.Events;

/// <summary>Looks into what a device sent along.</summary>
public static class Payload
{
    /// <summary>The value at a dotted path, or null when there is none.</summary>
    public static JsonElement? At(JsonElement root, string path)
    {
        var here = root;
        foreach (var range in path.AsSpan().Split('.'))
        {
            var name = path.AsSpan(range);
            if (here.ValueKind == JsonValueKind.Object && here.TryGetProperty(name, out var member))
                here = member;
            else if (
                here.ValueKind == JsonValueKind.Array
                && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                && index < here.GetArrayLength()
            )
            {
                here = here[index];
            }
            else
                return null;
        }
        return here;
    }

    public static ConditionVerdict Judge(this PayloadCondition condition, JsonElement payload)
    {
        var actual = At(payload, condition.Path);
        var expected = $"{condition.Path} {Word(condition.Op)} {condition.Value}";
        return new("payload", expected.TrimEnd(), actual?.GetRawText() ?? "absent", Holds(condition, actual));
    }

    private static string Word(PayloadOp op) => JsonNamingPolicy.SnakeCaseLower.ConvertName(op.ToString());

    private static bool Holds(PayloadCondition condition, JsonElement? actual)
    {
        if (condition.Op == PayloadOp.Exists)
        {
            return actual is not null != (condition.Value is { Text: "false" });
        }
        if (actual is not { } value || condition.Value is not { } wanted)
            return false;
        using var parsed = wanted.Parse();
        var expected = parsed.RootElement;
        return condition.Op switch
        {
            PayloadOp.Eq => JsonElement.DeepEquals(value, expected),
            PayloadOp.Ne => !JsonElement.DeepEquals(value, expected),
            PayloadOp.Contains => Contains(value, expected),
            _ => Compare(value, expected) is { } order && Agrees(condition.Op, order),
        };
    }

    private static bool Agrees(PayloadOp op, int order) =>
        op switch
        {
            PayloadOp.Gt => order > 0,
            PayloadOp.Ge => order >= 0,
            PayloadOp.Lt => order < 0,
            PayloadOp.Le => order <= 0,
            _ => false,
        };

    // Only like is compared with like: "9" is not less than 10, it is another kind of thing.
    private static int? Compare(JsonElement left, JsonElement right) =>
        (left.ValueKind, right.ValueKind) switch
        {
            (JsonValueKind.Number, JsonValueKind.Number) => left.GetDouble().CompareTo(right.GetDouble()),
            (JsonValueKind.String, JsonValueKind.String) => string.CompareOrdinal(left.GetString(), right.GetString()),
            _ => null,
        };

    private static bool Contains(JsonElement value, JsonElement part) =>
        value.ValueKind switch
        {
            JsonValueKind.String => part.ValueKind == JsonValueKind.String
                && value.GetString()!.Contains(part.GetString()!, StringComparison.Ordinal),
            JsonValueKind.Array => value.EnumerateArray().Any(item => JsonElement.DeepEquals(item, part)),
            _ => false,
        };

    /// <summary>True or false when the payload says that a state begins or ends; null for a plain happening.</summary>
    public static bool? Edge(JsonElement payload) =>
        payload.ValueKind != JsonValueKind.Object || !payload.TryGetProperty("active", out var active) ? null
        : active.ValueKind is JsonValueKind.True ? true
        : active.ValueKind is JsonValueKind.False ? false
        : null;

    public static bool MaySpeakOfEdge(JsonText payload) =>
        payload.Text.Contains("\"active\"", StringComparison.Ordinal);

    /// <summary>What is not real says nothing of the present either.</summary>
    public static bool? Edge(JsonText payload)
    {
        if (!MaySpeakOfEdge(payload))
            return null;
        using var document = payload.Parse();
        return NotReal(document.RootElement) is null ? Edge(document.RootElement) : null;
    }

    /// <summary>
    /// The first of the marks that say "this is not the real thing": test, muted, fault, retained, or siren for a
    /// detector that only sounds the alarm of another system.
    /// </summary>
    public static string? NotReal(JsonElement payload)
    {
        if (payload.ValueKind != JsonValueKind.Object)
            return null;
        foreach (var mark in Marks)
        {
            if (payload.TryGetProperty(mark, out var value) && value.ValueKind == JsonValueKind.True)
                return mark;
        }
        return null;
    }

    private static readonly string[] Marks = ["test", "muted", "fault", "retained", "siren"];
}
