using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IotOrleans.Hooks;

/// <summary>
/// Messages of a Matter controller as python-matter-server and matterjs-server tell them on their WebSocket
/// (docs/websockets_api.md there): changed attributes and events of a node. Clusters are those of the Matter
/// specification.
/// </summary>
internal static class MatterMessage
{
    private const int Switch = 0x3B;
    private const int BooleanState = 0x45;
    private const int SmokeAlarm = 0x5C;
    private const int Occupancy = 0x406;

    // SmokeCoAlarm, as attributes and as events tell it. Tests, faults and a muted alarm have words of their own: they
    // are not smoke.
    private static readonly Dictionary<int, string> AlarmStates = new()
    {
        [1] = "smoke",
        [2] = "co",
        [3] = "low_battery",
        [4] = "muted",
        [5] = "self_test",
        [6] = "hardware_fault",
        [7] = "end_of_service",
        [8] = "smoke",
        [9] = "co",
    };

    private static readonly Dictionary<int, string> AlarmEvents = new()
    {
        [0] = "smoke",
        [1] = "co",
        [2] = "low_battery",
        [3] = "hardware_fault",
        [4] = "end_of_service",
        [6] = "muted",
        [8] = "smoke",
        [9] = "co",
    };

    public static HookReading Read(JsonElement message, HookMapping mapping) =>
        FieldPath.Text(message, "event") switch
        {
            "attribute_updated" => Attribute(message, mapping),
            "node_event" => NodeEvent(message, mapping),
            "node_updated" or "node_added" => Life(message),
            { } other => HookReading.Passed($"{other} is no event of a device"),
            null => HookReading.NotMapped("there is no 'event' of a Matter controller"),
        };

    private static HookReading Attribute(JsonElement message, HookMapping mapping)
    {
        if (
            FieldPath.Text(message, "data.0") is not { } node
            || FieldPath.Text(message, "data.1")?.Split('/') is not [var endpoint, var cluster, var attribute]
            || FieldPath.At(message, "data.2") is not { } value
            || !Number(cluster, out var of)
            || !Number(attribute, out var which)
        )
            return HookReading.NotMapped("the data of attribute_updated is not [node, \"endpoint/cluster/id\", value]");
        var path = $"{cluster}/{attribute}";
        var more = new JsonObject { ["attribute"] = path, ["value"] = JsonNode.Parse(value.GetRawText()) };
        string[] names = [$"{node}/{endpoint}", node];
        var active = value.ValueKind == JsonValueKind.True || (value.TryGetSafe(out var number) && number > 0);
        if (mapping.Word(path) is { } word)
        {
            return word == HookMapping.Ignore
                ? HookReading.Passed($"{path} is ignored")
                : HookReading.Of(new VendorFact(names, word, active, More: more));
        }
        return of switch
        {
            SmokeAlarm when AlarmStates.TryGetValue(which, out var alarm) => HookReading.Of(
                new VendorFact(names, alarm, active, More: more)
            ),
            // What it means that the state is true depends on the kind of the device.
            BooleanState when which == 0 => HookReading.Of(
                new VendorFact(names, FactKinds.BooleanState, active, More: more)
            ),
            Occupancy when which == 0 => HookReading.Of(new VendorFact(names, "motion", active, More: more)),
            SmokeAlarm or Switch or BooleanState or Occupancy => HookReading.Passed($"attribute {path} is no event"),
            < 0x30 => HookReading.Passed($"cluster {cluster} is about the node itself"),
            _ => HookReading.NotMapped($"attribute {path} is not known"),
        };
    }

    private static HookReading NodeEvent(JsonElement message, HookMapping mapping)
    {
        var data = FieldPath.At(message, "data") ?? default;
        if (
            FieldPath.Text(data, "node_id") is not { } node
            || FieldPath.Text(data, "endpoint_id") is not { } endpoint
            || FieldPath.At(data, "cluster_id") is not { } cluster
            || FieldPath.At(data, "event_id") is not { } happened
            || !cluster.TryGetSafe(out var of)
            || !happened.TryGetSafe(out var what)
        )
            return HookReading.NotMapped("the data of node_event has no node_id, endpoint_id, cluster_id or event_id");
        var path = $"{of}:{what}";
        var more = new JsonObject { ["event"] = path };
        var number = FieldPath.Text(data, "event_number");
        VendorFact Fact(string? word, bool? active) =>
            new(
                [$"{node}/{endpoint}", node],
                word,
                active,
                number is null ? null : VendorFact.IdOf("matter", node, endpoint, path, number, $"{word}"),
                VendorFact.Time(FieldPath.At(data, "timestamp")),
                more.DeepClone().AsObject()
            );
        if (mapping.Word(path) is { } own)
            return own == HookMapping.Ignore
                ? HookReading.Passed($"{path} is ignored")
                : HookReading.Of(Fact(own, null));
        return ((int)of, (int)what) switch
        {
            (SmokeAlarm, 0xA) => HookReading.Of(Fact("smoke", false), Fact("co", false)),
            (SmokeAlarm, 5) => HookReading.Of(Fact("self_test", false)),
            (SmokeAlarm, 7) => HookReading.Of(Fact("muted", false)),
            (SmokeAlarm, var alarm) when AlarmEvents.TryGetValue(alarm, out var word) => HookReading.Of(
                Fact(word, true)
            ),
            // A press begins once; what follows tells how long and how often.
            (Switch, 1) => HookReading.Of(Fact(null, null) with { EventType = "button" }),
            (Switch, _) => HookReading.Passed("the press was told when it began"),
            _ => HookReading.NotMapped($"event {path} is not known"),
        };
    }

    private static HookReading Life(JsonElement message)
    {
        if (
            FieldPath.Text(message, "data.node_id") is not { } node
            || FieldPath.At(message, "data.available")
                is not { ValueKind: JsonValueKind.True or JsonValueKind.False } here
        )
            return HookReading.Passed("nothing is said of whether the node is there");
        var online = here.ValueKind == JsonValueKind.True;
        return HookReading.Of(new VendorFact([node], "offline", !online), new VendorFact([node], "online", online));
    }

    private static bool Number(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static bool TryGetSafe(this JsonElement value, out long number)
    {
        number = 0;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out number);
    }
}
