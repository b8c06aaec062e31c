using System.Security.Claims;
using IotOrleans.Access;
using IotOrleans.Devices;

namespace IotOrleans.Speakers;

/// <summary>Which device a connection speaks for: the one of a device's own key, and of nobody else's.</summary>
public static class SpeakerIdentity
{
    public const string DeviceClaim = "device";

    public const string RoleClaim = "role";

    /// <summary>The claims of a caller that the hub reads; the authentication adds them to its principal.</summary>
    public static IEnumerable<Claim> ClaimsOf(Caller caller)
    {
        yield return new(RoleClaim, caller.Role.ToString());
        foreach (var device in caller.Devices ?? [])
            yield return new(DeviceClaim, device.Value);
    }

    /// <summary>Null unless it is a device, and speaks for exactly one.</summary>
    public static DeviceId? DeviceOf(ClaimsPrincipal? user)
    {
        if (user?.Identity?.IsAuthenticated != true || !user.HasClaim(IsDevice))
            return null;
        var devices = user.FindAll(DeviceClaim).Take(2).ToArray();
        return devices is [var device] && DeviceId.TryParse(device.Value, null, out var id) ? id : null;
    }

    private static bool IsDevice(Claim claim) =>
        claim.Type is RoleClaim or ClaimTypes.Role
        && claim.Value.Equals(nameof(Role.Device), StringComparison.OrdinalIgnoreCase);
}
