using IotOrleans.Devices;

namespace IotOrleans.Hooks;

/// <summary>
/// What a maker's word means at a device of a certain type: an open window is news, at a guarded one alarm.
/// </summary>
internal static class FactKinds
{
    /// <summary>Matter's BooleanState: true is wet at a leak sensor, and shut at a contact.</summary>
    public const string BooleanState = "boolean_state";

    /// <summary>The fact with its event type; null when the device does not tell it either.</summary>
    public static VendorFact? At(DeviceType type, VendorFact fact) =>
        (type, fact.EventType) switch
        {
            (DeviceType.SensorLeak, BooleanState) => fact with { EventType = "leak" },
            (DeviceType.SensorIntrusion, BooleanState) => fact with { EventType = "intrusion", Active = !fact.Active },
            (_, BooleanState) => fact with { EventType = "door", Active = !fact.Active },
            (DeviceType.SensorIntrusion, "door" or "window" or "motion" or "vibration") => fact with
            {
                EventType = "intrusion",
            },
            (DeviceType.Doorphone, "button") => fact with { EventType = "doorbell" },
            (_, not null) => fact,
            (DeviceType.SensorSmoke, null) => fact with { EventType = "smoke" },
            (DeviceType.SensorIntrusion, null) => fact with { EventType = "intrusion" },
            (DeviceType.SensorLeak, null) => fact with { EventType = "leak" },
            (DeviceType.Doorphone, null) => fact with { EventType = "doorbell" },
            (DeviceType.Wearable, null) => fact with { EventType = "sos" },
            _ => null,
        };
}
