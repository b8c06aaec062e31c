using System.Text.Json;
using System.Text.Json.Nodes;
using IotOrleans.Events;

namespace IotOrleans.Hooks;

/// <summary>
/// What an automation of Home Assistant posts: the flat form of our documents, or the event "state_changed" as its bus
/// has it (developers.home-assistant.io, "WebSocket API").
/// </summary>
internal static class HomeAssistantMessage
{
    private static readonly Dictionary<string, string> Classes = new(StringComparer.Ordinal)
    {
        ["smoke"] = "smoke",
        ["gas"] = "gas",
        ["carbon_monoxide"] = "co",
        ["moisture"] = "leak",
        ["door"] = "door",
        ["garage_door"] = "door",
        ["opening"] = "door",
        ["window"] = "window",
        ["motion"] = "motion",
        ["occupancy"] = "motion",
        ["presence"] = "motion",
        ["moving"] = "motion",
        ["vibration"] = "vibration",
        ["tamper"] = "tamper",
        ["battery"] = "low_battery",
        ["problem"] = "fault",
        ["doorbell"] = "doorbell",
        ["button"] = "button",
    };

    public static HookReading Read(JsonElement message, HookMapping mapping)
    {
        var change = Change(message);
        var entity = Text(change, "entity_id") ?? Text(change, "device_id");
        if (entity is null)
            return HookReading.NotMapped("there is no entity_id");
        var (state, old) = (State(change, "state", "new_state", "to_state"), State(change, "old_state", "from_state"));
        var said = new Said(
            entity,
            entity.Split('.')[0],
            Class(change),
            state,
            old,
            Text(message, "event_type") is { } word && word != "state_changed" ? word : null,
            Text(change, "context_id") ?? First(change, "context.id", "new_state.context.id", "to_state.context.id"),
            VendorFact.Time(
                At(change, "changed_at", "new_state.last_changed", "to_state.last_changed", "last_changed")
            ),
            mapping
        );
        return said.Read();
    }

    private sealed record Said(
        string Entity,
        string Domain,
        string? Class,
        string? State,
        string? Old,
        string? Told,
        string? Context,
        DateTimeOffset? At,
        HookMapping Mapping
    )
    {
        private bool? IsOn =>
            State switch
            {
                "on" or "true" or "open" or "detected" or "triggered" => true,
                "off" or "false" or "closed" or "clear" => false,
                _ => null,
            };

        public HookReading Read()
        {
            if (State is "unavailable" or "unknown" or "")
                return HookReading.Passed($"the state of {Entity} is {State}");
            var word = Mapping.Word(Entity) ?? Mapping.Word(Class ?? Domain);
            if (word == HookMapping.Ignore)
                return HookReading.Passed($"{Class ?? Domain} is ignored");
            word ??= Told is null ? null : Mapping.Word(Told) ?? Told;
            if (word is not null)
                return EventTypes.IsWord(word) ? Fact(word, IsOn) : HookReading.NotMapped($"'{word}' is no event type");
            return Domain switch
            {
                "event" => Happening(),
                "alarm_control_panel" => Fact("intrusion", State == "triggered"),
                "binary_sensor" when Class == "connectivity" && IsOn is { } on => HookReading.Join([
                    Fact("offline", !on),
                    Fact("online", on),
                ]),
                _ when IsOn is { } on => Fact(Class is null ? null : Classes.GetValueOrDefault(Class, Class), on),
                _ => HookReading.NotMapped($"the state '{State}' of {Entity} is not known"),
            };
        }

        // The state of an event entity is the time of its last event; it is shown again after every restart.
        private HookReading Happening()
        {
            if (Old is "unavailable" or "unknown")
                return HookReading.Passed($"{Entity} was restored, nothing happened");
            var when = State is null ? null : VendorFact.Time(JsonSerializer.SerializeToElement(State));
            return Fact(Class is null ? null : Classes.GetValueOrDefault(Class, Class), null, when);
        }

        private HookReading Fact(string? word, bool? active, DateTimeOffset? when = null)
        {
            var more = new JsonObject { ["entity_id"] = Entity };
            if (State is not null)
                more["state"] = State;
            if (Class is not null)
                more["device_class"] = Class;
            var id = Context is null ? null : VendorFact.IdOf("ha", Context, Entity, $"{word}", $"{active}");
            return HookReading.Of(new VendorFact([Entity], word, active, id, when ?? At, more));
        }
    }

    private static JsonElement Change(JsonElement message) =>
        FieldPath.At(message, "event.data")
        ?? FieldPath.At(message, "data")
        ?? FieldPath.At(message, "trigger")
        ?? message;

    private static string? Class(JsonElement change) =>
        First(
            change,
            "device_class",
            "attributes.device_class",
            "new_state.attributes.device_class",
            "to_state.attributes.device_class"
        );

    // A state is a word, or an object that has one.
    private static string? State(JsonElement change, params string[] names) =>
        First(change, [.. names, .. names.Select(name => name + ".state")]);

    private static string? First(JsonElement change, params string[] paths) =>
        At(change, paths) is { } value ? FieldPath.Text(value) : null;

    private static JsonElement? At(JsonElement change, params string[] paths)
    {
        foreach (var path in paths)
        {
            if (FieldPath.At(change, path) is { } value && FieldPath.Text(value) is not null)
                return value;
        }
        return null;
    }

    private static string? Text(JsonElement change, string name) => FieldPath.Text(change, name);
}
