using IotOrleans.Events;
using IotOrleans.Http;

namespace IotOrleans.Hooks;

/// <summary>What the settings of a hub must be beyond their types.</summary>
internal static class HubChecks
{
    private const int DevicesMax = 5_000;
    private const int TableMax = 500;

    public static FieldErrors Of(HubSettings settings)
    {
        var errors = new FieldErrors();
        errors.Unless((settings.Devices?.Count ?? 0) <= DevicesMax, "devices", $"may have {DevicesMax} members");
        foreach (var name in settings.Devices?.Keys.Where(name => !Names.IsLine(name, 256)) ?? [])
            errors.Add("devices", $"'{Short(name)}' is no name of a device");
        errors.Line(settings.ClientId, "client_id", 128);
        if (settings.Mapping is not { } mapping)
            return errors;
        Path(errors, mapping.Items, "mapping.items");
        Path(errors, mapping.Device, "mapping.device");
        Path(errors, mapping.EventId, "mapping.event_id");
        Path(errors, mapping.OccurredAt, "mapping.occurred_at");
        Rule(errors, mapping.EventType, "mapping.event_type", EventTypes.IsWord, "is no event type");
        Rule(errors, mapping.Active, "mapping.active", word => word is "true" or "false", "must be true or false");
        Table(errors, mapping.Events, "mapping.events", EventTypes.IsWord, "is no event type");
        foreach (var (name, path) in mapping.Payload ?? [])
            Path(errors, path, $"mapping.payload.{Short(name)}");
        if (settings.Vendor == HookVendor.Generic)
        {
            errors.Unless(mapping.Device is not null, "mapping.device", "is required for a generic hub");
            errors.Unless(mapping.EventType is not null, "mapping.event_type", "is required for a generic hub");
        }
        return errors;
    }

    private static void Rule(FieldErrors errors, FieldRule? rule, string field, Func<string, bool> right, string words)
    {
        if (rule is null)
            return;
        errors.Unless(rule.Path is not null || rule.Constant is not null, field, "needs a path or a constant");
        Path(errors, rule.Path, field + ".path");
        if (rule.Constant is { } constant && !right(constant))
            errors.Add(field + ".constant", words);
        Table(errors, rule.Values, field + ".values", right, words);
    }

    private static void Table(
        FieldErrors errors,
        Dictionary<string, string>? table,
        string field,
        Func<string, bool> right,
        string words
    )
    {
        errors.Unless((table?.Count ?? 0) <= TableMax, field, $"may have {TableMax} members");
        foreach (var (name, value) in table ?? [])
            errors.Unless(right(value), $"{field}.{Short(name)}", words);
    }

    private static void Path(FieldErrors errors, string? path, string field) =>
        errors.Unless(
            path is null || (path.Length <= FieldPath.LengthMax && !path.Any(char.IsControl)),
            field,
            $"may have {FieldPath.LengthMax} characters and no control characters"
        );

    private static string Short(string name) => name.Length > 40 ? name[..40] : name;
}
