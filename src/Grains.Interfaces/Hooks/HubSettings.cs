using IotOrleans.Devices;

namespace IotOrleans.Hooks;

/// <summary>Whose messages a hub tells.</summary>
public enum HookVendor
{
    Homeassistant,
    Tuya,
    Zigbee2mqtt,
    Matter,
    Generic,
}

/// <summary>For which devices a hub may speak.</summary>
public enum HubReach
{
    /// <summary>Devices of the hub's own number, and those that its settings name.</summary>
    Subscriber,

    /// <summary>Every device: a connector of the operator's own.</summary>
    All,
}

/// <summary>How a hub is understood.</summary>
/// <param name="Devices">The maker's ids of devices and our own; before their external_id.</param>
/// <param name="RequireSignature">Its API key alone is not enough.</param>
/// <param name="ClientId">Tuya's access id, when it signs in Tuya's own way.</param>
public sealed record HubSettings(
    DeviceId HubId,
    HookVendor Vendor,
    HookMapping? Mapping = null,
    Dictionary<string, DeviceId>? Devices = null,
    HubReach Reach = HubReach.Subscriber,
    bool RequireSignature = false,
    string? ClientId = null
);

/// <summary>
/// Where a message says what. A path is dotted (<c>data.items.0.id</c>) or a JSON pointer (<c>/data/items/0/id</c>).
/// </summary>
/// <param name="Items">The path of an array; each of its elements is a message. Absent: the message is one.</param>
/// <param name="Device">The path of the maker's id of the device.</param>
/// <param name="EventType">Which event it is.</param>
/// <param name="EventId">The path of an id that a repeat repeats.</param>
/// <param name="OccurredAt">The path of a time: RFC 3339, or unix seconds or milliseconds.</param>
/// <param name="Active">Whether a state begins or ends; absent for plain happenings.</param>
/// <param name="Payload">What rules shall see, by name, and its path. Absent: the whole message.</param>
/// <param name="Events">
/// The maker's words (a device class, a Tuya code, a Zigbee property, a Matter cluster/attribute) and our event types;
/// "ignore" passes over one. It goes before the words known already.
/// </param>
public sealed record HookMapping(
    string? Items = null,
    string? Device = null,
    FieldRule? EventType = null,
    string? EventId = null,
    string? OccurredAt = null,
    FieldRule? Active = null,
    Dictionary<string, string>? Payload = null,
    Dictionary<string, string>? Events = null
)
{
    public const string Ignore = "ignore";

    /// <summary>An event type, or "ignore", for a maker's word; null when the hub has none of its own for it.</summary>
    public string? Word(string makers) => Events?.GetValueOrDefault(makers);
}

/// <summary>A value of a message: a constant, or what is at a path, looked up in a table if there is one.</summary>
/// <param name="Values">
/// What the message says (the text of the JSON value) and what it means; what is not in it is not understood.
/// </param>
public sealed record FieldRule(string? Path = null, Dictionary<string, string>? Values = null, string? Constant = null);

/// <summary>A message of a hub that nothing could be made of.</summary>
public sealed record HookRefusal(DateTimeOffset At, string Reason, string Message)
{
    /// <summary>Of each hub that many are kept, the newest.</summary>
    public const int KeptMax = 20;

    public const int MessageMax = 2_048;
}

/// <summary>The words of vendors in addresses.</summary>
public static class HookVendors
{
    public static HookVendor? Find(string word) =>
        Array.Find(Enum.GetNames<HookVendor>(), name => name.Equals(word, StringComparison.OrdinalIgnoreCase))
            is { } found
            ? Enum.Parse<HookVendor>(found)
            : null;
}
