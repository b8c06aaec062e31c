using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Devices;

/// <summary>The registry as screens and dialplans read it.</summary>
public interface IDeviceLists
{
    Task<Page<DeviceRecord>> List(DeviceFilter filter, PageRequest page, CancellationToken cancellation);

    Task<Page<Rule>> Rules(Msisdn[]? subscribers, PageRequest page, CancellationToken cancellation);

    Task<Page<SubscriberRecord>> Subscribers(Msisdn[]? only, PageRequest page, CancellationToken cancellation);
}

public sealed record DeviceFilter(
    DeviceType? Type = null,
    Msisdn? Msisdn = null,
    string? Room = null,
    string? Vendor = null,
    Msisdn[]? Subscribers = null
);
