using IotOrleans.Rules;

namespace IotOrleans.Devices;

/// <summary>What a device grain stores: its registry record, the hash of its key, and the rules about it.</summary>
[GenerateSerializer, Alias("iot.device-box")]
public sealed record DeviceBox
{
    public const int RulesMax = 1_000;

    /// <summary>Null: there is no such device.</summary>
    [Id(0)]
    public DeviceRegistration? Registration { get; init; }

    /// <summary>SHA-256 of the device's own key, in hexadecimal.</summary>
    [Id(1)]
    public string? KeyHash { get; init; }

    [Id(2)]
    public DateTimeOffset RegisteredAt { get; init; }

    [Id(3)]
    public DateTimeOffset? ChangedAt { get; init; }

    [Id(4)]
    public Rule[] Rules { get; init; } = [];

    [Id(5)]
    public WatchList? Watch { get; init; }

    /// <summary>Believed until <see cref="OldKeyUntil"/>, so that a device can be given its new key in peace.</summary>
    [Id(6)]
    public string? OldKeyHash { get; init; }

    [Id(7)]
    public DateTimeOffset? OldKeyUntil { get; init; }

    public DeviceRecord? ToRecord() => Registration is null ? null : new(Registration, RegisteredAt, ChangedAt);

    /// <summary>Null when a later version is held already.</summary>
    public DeviceBox? With(Rule rule) => RuleList.With(Rules, rule) is { } rules ? this with { Rules = rules } : null;

    public DeviceBox? Without(RuleId rule) =>
        RuleList.Without(Rules, rule) is { } rules ? this with { Rules = rules } : null;
}
