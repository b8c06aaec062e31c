using IotOrleans.Devices;
using IotOrleans.Subscribers;

namespace IotOrleans.Access;

public enum Role
{
    Device,
    Hub,
    Partner,
    Telephony,
    Operator,
    Auditor,
    Admin,
}

/// <summary>Who asks: a person, or the holder of an API key.</summary>
/// <param name="Name">The user name, or the key's id: what the audit log shows.</param>
/// <param name="Devices">The devices that a device or hub key speaks for; null is every device.</param>
/// <param name="Subscribers">The numbers that a partner may see; null is all.</param>
/// <param name="Until">When the key is believed no longer; null for one that has no end.</param>
/// <param name="HasTwoKeys">A new key is taking the place of an old one: which of them is used is noted.</param>
/// <param name="Customer">Whom the caller asks for: he knows of that one's masks and of nothing else. Null is the
/// house itself, which knows all.</param>
public sealed record Caller(
    string Name,
    Role Role,
    DeviceId[]? Devices = null,
    Msisdn[]? Subscribers = null,
    DateTimeOffset? Until = null,
    bool HasTwoKeys = false,
    CustomerId? Customer = null
)
{
    public bool SpeaksFor(DeviceId device) => Devices is null || Array.IndexOf(Devices, device) >= 0;

    public bool MaySee(Msisdn? subscriber) =>
        Subscribers is null || (subscriber is { } number && Array.IndexOf(Subscribers, number) >= 0);
}
