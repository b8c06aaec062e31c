using System.Text.Json;
using System.Text.Json.Nodes;

namespace IotOrleans.Hooks;

/// <summary>
/// What Zigbee2MQTT publishes (its guide, "MQTT topics and messages"), posted as
/// <c>{"topic", "payload", "retain"}</c>, or the bare payload with its "device" member.
/// </summary>
internal static class ZigbeeMessage
{
    private const string Base = "zigbee2mqtt/";
    private const string Availability = "/availability";

    // What holds while the value is true; a contact that is made means that the door is shut.
    private static readonly Dictionary<string, string> States = new(StringComparer.Ordinal)
    {
        ["smoke"] = "smoke",
        ["gas"] = "gas",
        ["carbon_monoxide"] = "co",
        ["water_leak"] = "leak",
        ["contact"] = "door",
        ["occupancy"] = "motion",
        ["presence"] = "motion",
        ["vibration"] = "vibration",
        ["tamper"] = "tamper",
        ["battery_low"] = "low_battery",
        ["sos"] = "sos",
        ["fall"] = "fall",
    };

    private static readonly string[] NamePaths =
    [
        "device.ieeeAddr",
        "device.ieee_address",
        "device.friendlyName",
        "device.friendly_name",
    ];

    // Said along with what matters, or alone as a sign of life.
    private static readonly HashSet<string> Telemetry =
    [
        .. new[] { "battery", "voltage", "linkquality", "temperature", "humidity", "illuminance", "illuminance_lux" },
        .. new[] { "device_temperature", "pressure", "last_seen", "update", "update_available", "device", "test" },
        .. new[] { "self_test", "smoke_density", "power_outage_count", "action", "action_group", "elapsed" },
    ];

    public static HookReading Read(JsonElement message, HookMapping mapping)
    {
        var topic = FieldPath.Text(message, "topic");
        using var inner = Inner(message);
        var payload = inner?.RootElement ?? FieldPath.At(message, "payload") ?? message;
        if (topic is not null && topic.EndsWith(Availability, StringComparison.Ordinal))
            return Available(Name(topic[..^Availability.Length]), payload, message);
        if (payload.ValueKind != JsonValueKind.Object)
            return HookReading.NotMapped("the payload is no object");
        string[] names =
        [
            .. NamePaths
                .Select(path => FieldPath.Text(payload, path))
                .Append(topic is null ? FieldPath.Text(message, "friendly_name") : Name(topic))
                .OfType<string>(),
        ];
        if (names.Length == 0)
            return HookReading.NotMapped("there is no topic and no device");
        var reading = HookReading.Join(
            payload.EnumerateObject().Select(member => Member(names, member, payload, message, mapping))
        );
        // What the broker kept may be of a device that is long gone.
        return FieldPath.At(message, "retain") is { ValueKind: JsonValueKind.True }
            ? reading
            : reading with
            {
                Living = names,
            };
    }

    private static HookReading Member(
        string[] names,
        JsonProperty member,
        JsonElement payload,
        JsonElement message,
        HookMapping mapping
    )
    {
        var word = mapping.Word(member.Name) ?? States.GetValueOrDefault(member.Name);
        if (word == HookMapping.Ignore)
            return HookReading.Passed($"{member.Name} is ignored");
        if (member.NameEquals("action"))
            return Action(names, member.Value, payload, message, mapping);
        if (word is not null && member.Value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            // Contact false is an open door.
            var active = member.Value.ValueKind == JsonValueKind.True != member.NameEquals("contact");
            return Fact(names, word, active, payload, message);
        }
        return Telemetry.Contains(member.Name) || word is not null
            ? HookReading.Passed("it is telemetry")
            : HookReading.NotMapped($"'{member.Name}' is not known");
    }

    private static HookReading Action(
        string[] names,
        JsonElement value,
        JsonElement payload,
        JsonElement message,
        HookMapping mapping
    )
    {
        // An empty action says that the last one is over.
        if (FieldPath.Text(value) is not { Length: > 0 } action)
            return HookReading.Passed("the action is over");
        var word = mapping.Word(action) ?? (action is "emergency" or "sos" or "panic" ? "sos" : "button");
        return word == HookMapping.Ignore
            ? HookReading.Passed($"{action} is ignored")
            : Fact(names, word, null, payload, message);
    }

    private static HookReading Available(string name, JsonElement payload, JsonElement message)
    {
        var state = payload.ValueKind == JsonValueKind.String ? payload.GetString() : FieldPath.Text(payload, "state");
        return state is "online" or "offline"
            ? HookReading.Join([
                Fact([name], "offline", state == "offline", default, message),
                Fact([name], "online", state == "online", default, message),
            ])
            : HookReading.NotMapped($"the availability '{state}' is not known");
    }

    private static HookReading Fact(string[] names, string word, bool? active, JsonElement payload, JsonElement message)
    {
        var more = payload.ValueKind == JsonValueKind.Object ? JsonNode.Parse(payload.GetRawText())!.AsObject() : [];
        more.Remove("device");
        // What was kept by the broker is told again to everybody who comes: a button was not pressed again.
        if (active is null && FieldPath.At(message, "retain") is { ValueKind: JsonValueKind.True })
            return HookReading.Passed("it was kept by the broker and is no news");
        return HookReading.Of(
            new VendorFact(names, word, active, FieldPath.Text(message, "event_id"), Seen(payload), more)
        );
    }

    private static DateTimeOffset? Seen(JsonElement payload) =>
        payload.ValueKind == JsonValueKind.Object ? VendorFact.Time(FieldPath.At(payload, "last_seen")) : null;

    private static string Name(string topic) =>
        topic.StartsWith(Base, StringComparison.Ordinal) ? topic[Base.Length..] : topic;

    // Some bridges pass the payload on as the text it was.
    private static JsonDocument? Inner(JsonElement message)
    {
        if (FieldPath.At(message, "payload") is not { ValueKind: JsonValueKind.String } text)
            return null;
        try
        {
            return JsonDocument.Parse(text.GetString()!, new() { MaxDepth = 16 });
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
