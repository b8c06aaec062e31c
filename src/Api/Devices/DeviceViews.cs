using IotOrleans.Access;
using IotOrleans.Json;
using IotOrleans.Subscribers;

namespace IotOrleans.Devices;

/// <summary>A device as the contract shows it.</summary>
public sealed record DeviceView(
    DeviceId DeviceId,
    DeviceType Type,
    Msisdn? Msisdn,
    string? Vendor,
    string? Endpoint,
    string? ExternalId,
    string? Name,
    string? Room,
    string? Zone,
    JsonText? Metadata,
    int? ReportsEverySeconds,
    DateTimeOffset RegisteredAt,
    DateTimeOffset? ChangedAt
)
{
    public static DeviceView Of(DeviceRecord record)
    {
        var device = record.Device;
        return new(
            device.DeviceId,
            device.Type,
            device.Msisdn,
            device.Vendor,
            device.Endpoint,
            device.ExternalId,
            device.Name,
            device.Room,
            device.Zone,
            device.Metadata,
            device.ReportsEverySeconds,
            record.RegisteredAt,
            record.ChangedAt
        );
    }
}

/// <summary>The same, with the key the first time.</summary>
public sealed record RegisteredDevice(
    DeviceId DeviceId,
    DeviceType Type,
    Msisdn? Msisdn,
    string? Vendor,
    string? Endpoint,
    string? ExternalId,
    string? Name,
    string? Room,
    string? Zone,
    JsonText? Metadata,
    int? ReportsEverySeconds,
    DateTimeOffset RegisteredAt,
    string? ApiKey
)
{
    public static RegisteredDevice Of(DeviceRecord record, string? key)
    {
        var view = DeviceView.Of(record);
        return new(
            view.DeviceId,
            view.Type,
            view.Msisdn,
            view.Vendor,
            view.Endpoint,
            view.ExternalId,
            view.Name,
            view.Room,
            view.Zone,
            view.Metadata,
            view.ReportsEverySeconds,
            view.RegisteredAt,
            key
        );
    }
}

public sealed record NewDeviceKey(DeviceId DeviceId, string ApiKey);

/// <param name="OverlapSeconds">0 to 2,592,000: how long the old key is believed beside the new one.</param>
public sealed record KeyBody(int OverlapSeconds = 0)
{
    public const int OverlapMax = 30 * 24 * 3600;
}

/// <param name="OldMayGo">The device has used its new key, and has not used the old one since.</param>
public sealed record DeviceKeysView(DeviceKey[] Keys, bool OldMayGo)
{
    public static DeviceKeysView Of(DeviceKey[] keys)
    {
        var old = Array.Find(keys, key => !key.Current);
        var now = Array.Find(keys, key => key.Current);
        return new(keys, old is not null && now?.LastUsedAt is { } used && !(old.LastUsedAt >= used));
    }
}
