using IotOrleans.Actions;
using IotOrleans.Devices;

namespace IotOrleans.Speakers;

/// <summary>
/// A way to devices that hold no socket here: the interface of their maker, or an address of their own. The first way
/// that serves a device is taken.
/// </summary>
public interface IVendorSpeakers
{
    bool Serves(DeviceRegistration device);

    /// <summary>
    /// Tells the device, trying again within bounds of its own; what the maker does not offer is said in the detail.
    /// </summary>
    /// <param name="messageId">Made of the cause: a repeat is the same message.</param>
    /// <param name="cancellation">When it is too late to tell.</param>
    Task<Delivery> Tell(
        DeviceRegistration device,
        SpeakerNotice notice,
        string messageId,
        CancellationToken cancellation
    );
}
