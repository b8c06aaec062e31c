using System.Text.Json;
using System.Text.Json.Nodes;

namespace IotOrleans.Hooks;

/// <summary>A message of anybody, read as the hub's mapping says.</summary>
internal static class MappedMessage
{
    private const int ItemsMax = 1_000;

    /// <summary>The names of an event as we would have it ourselves.</summary>
    public static HookMapping Ours { get; } =
        new(
            Device: "device_id",
            EventType: new("event_type"),
            EventId: "event_id",
            OccurredAt: "occurred_at",
            Active: new("payload.active"),
            Payload: new() { [""] = "payload" }
        );

    public static HookReading Read(JsonElement message, HookMapping mapping)
    {
        if (mapping.Items is not { } items)
            return Item(message, mapping);
        if (FieldPath.At(message, items) is not { ValueKind: JsonValueKind.Array } all)
            return HookReading.NotMapped($"there is no array at '{items}'");
        return all.GetArrayLength() is 0 or > ItemsMax
            ? HookReading.NotMapped($"'{items}' must have 1 to {ItemsMax} elements")
            : HookReading.Join(all.EnumerateArray().Select(item => Item(item, mapping)));
    }

    private static HookReading Item(JsonElement item, HookMapping mapping)
    {
        if (mapping.Device is not { } devicePath || FieldPath.Text(item, devicePath) is not { Length: > 0 } device)
            return HookReading.NotMapped($"there is no device at '{mapping.Device}'");
        string? word = null;
        if (mapping.EventType is { } type)
        {
            if (!Value(item, type, out word))
                return HookReading.NotMapped($"'{word}' at '{type.Path}' is no event type of the mapping");
            word = word is null ? null : mapping.Word(word) ?? word;
        }
        if (word == HookMapping.Ignore)
            return HookReading.Passed("it is ignored");
        bool? active = null;
        if (mapping.Active is { } state)
        {
            if (!Value(item, state, out var told) || !IsState(told, out active))
                return HookReading.NotMapped($"'{told}' at '{state.Path}' is neither true nor false");
        }
        var id = mapping.EventId is { } path ? FieldPath.Text(item, path) : null;
        var at = mapping.OccurredAt is { } when ? VendorFact.Time(FieldPath.At(item, when)) : null;
        return HookReading.Of(new VendorFact([device], word, active, id, at, More(item, mapping)));
    }

    /// <summary>False when a table does not know what is said; nothing said is right, and null.</summary>
    private static bool Value(JsonElement item, FieldRule rule, out string? value)
    {
        value = rule.Constant;
        if (rule.Path is null || FieldPath.Text(item, rule.Path) is not { } said)
            return true;
        value = said;
        if (rule.Values is not { } table)
            return true;
        if (!table.TryGetValue(said, out var meant))
            return false;
        value = meant;
        return true;
    }

    private static bool IsState(string? word, out bool? active)
    {
        active = word switch
        {
            "true" => true,
            "false" => false,
            _ => null,
        };
        return active is not null || word is null;
    }

    private static JsonObject More(JsonElement item, HookMapping mapping)
    {
        if (mapping.Payload is not { } wanted)
            return item.ValueKind == JsonValueKind.Object ? JsonNode.Parse(item.GetRawText())!.AsObject() : [];
        var more = new JsonObject();
        foreach (var (name, path) in wanted)
        {
            if (FieldPath.At(item, path) is not { } value)
                continue;
            var node = JsonNode.Parse(value.GetRawText());
            // The empty name stands for the payload itself.
            if (name.Length > 0)
                more[name] = node;
            else if (node is JsonObject whole)
                more = whole;
        }
        return more;
    }
}
