using System.Text.Json.Serialization;
using IotOrleans.Json;
using IotOrleans.Subscribers;

namespace IotOrleans.Devices;

[GenerateSerializer, Alias("iot.device-type")]
public enum DeviceType
{
    Other,
    Speaker,
    Display,
    SensorSmoke,
    SensorIntrusion,
    SensorLeak,
    Doorphone,
    Wearable,
    Hub,
    AirMonitor,
}

/// <summary>What a person or hub says about a device when it is registered.</summary>
/// <param name="Msisdn">The subscriber it belongs to; a device may be unbound at first.</param>
/// <param name="Endpoint">
/// Where the device is reached: a SIP address for those that talk, an https address for others.
/// </param>
/// <param name="ExternalId">Its id in the maker's or hub's own system.</param>
/// <param name="ReportsEverySeconds">
/// 10 to 2,592,000: a device that says nothing for longer is told of as offline. Null: it may be silent for ever.
/// </param>
[GenerateSerializer, Immutable, Alias("iot.device-registration")]
public sealed record DeviceRegistration(
    DeviceId DeviceId,
    DeviceType Type,
    Msisdn? Msisdn = null,
    string? Vendor = null,
    string? Endpoint = null,
    string? ExternalId = null,
    string? Name = null,
    string? Room = null,
    string? Zone = null,
    JsonText? Metadata = null,
    int? ReportsEverySeconds = null
)
{
    /// <summary>What a person would call it.</summary>
    [JsonIgnore]
    public string Title => Name ?? Room ?? DeviceId.Value;

    [JsonIgnore]
    public bool CanRing => Type is DeviceType.Speaker or DeviceType.Display;
}

/// <summary>The registry's answer: what was registered, and when.</summary>
[GenerateSerializer, Immutable, Alias("iot.device-record")]
public sealed record DeviceRecord(DeviceRegistration Device, DateTimeOffset RegisteredAt, DateTimeOffset? ChangedAt);

/// <summary>What a device grain holds now, for operators.</summary>
[GenerateSerializer, Immutable, Alias("iot.device-state")]
public sealed record DeviceState(
    DeviceRegistration Device,
    DateTimeOffset RegisteredAt,
    Rules.Rule[] Rules,
    string[] WatchedEventTypes,
    string[] RecentEventIds,
    DateTimeOffset? LastEventAt
);
