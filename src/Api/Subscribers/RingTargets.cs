using IotOrleans.Devices;

namespace IotOrleans.Subscribers;

/// <summary>A place to ring, as people write it.</summary>
public static class RingTargets
{
    /// <summary>A number when it reads as one, otherwise the id of a device. Null when it is neither.</summary>
    public static RingTarget? Read(string? text, NumberPlan numbers) =>
        text is null ? null
        : numbers.TryRead(text, out var number) ? new(Msisdn: number)
        : DeviceId.TryParse(text, null, out var device) ? new(DeviceId: device)
        : null;
}
