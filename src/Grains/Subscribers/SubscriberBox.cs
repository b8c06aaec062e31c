using IotOrleans.Devices;
using IotOrleans.Rules;

namespace IotOrleans.Subscribers;

/// <summary>What a subscriber grain stores.</summary>
[GenerateSerializer, Alias("iot.subscriber-box")]
public sealed record SubscriberBox
{
    public const int DevicesMax = 1_000;
    public const int RulesMax = 20_000;

    /// <summary>Null: nobody has settled anything; devices and rules may be bound all the same.</summary>
    [Id(0)]
    public SubscriberSettings? Settings { get; init; }

    [Id(1)]
    public BoundDevice[] Devices { get; init; } = [];

    [Id(2)]
    public Rule[] Rules { get; init; } = [];

    /// <summary>Grows whenever the set of awaited event types may have changed.</summary>
    [Id(3)]
    public long WatchVersion { get; init; }

    [Id(4)]
    public Silence[] Silences { get; init; } = [];

    public bool IsKnown => Settings is not null || Devices.Length > 0 || Rules.Length > 0;

    public WatchList WatchList(Msisdn number) =>
        new(number, WatchVersion, [.. Rules.Select(rule => rule.EventType).Distinct()]);

    public DeviceId[] DeviceIds => [.. Devices.Select(device => device.DeviceId)];

    public DeviceId[] Speakers => [.. Devices.Where(device => device.CanRing).Select(device => device.DeviceId)];
}

/// <summary>A device of the subscriber, and whether it rings.</summary>
[GenerateSerializer, Immutable, Alias("iot.bound-device")]
public sealed record BoundDevice(DeviceId DeviceId, bool CanRing, string? Room = null);
