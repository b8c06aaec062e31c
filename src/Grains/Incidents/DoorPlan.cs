using System.Text.Json;
using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Json;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Incidents;

/// <summary>Who rings for a visitor, and what they are shown.</summary>
internal static class DoorPlan
{
    private static readonly string[] SipSchemes = ["sip:", "sips:"];

    public static bool CanTalk(string endpoint) =>
        Array.Exists(SipSchemes, scheme => endpoint.StartsWith(scheme, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// The targets and the speakers of the home ring together; then whatever the subscriber has settled as a fallback.
    /// </summary>
    public static CallPlan Of(BridgeAction bridge, CallPlan? home, DeviceId[] speakers)
    {
        RingTarget[] first =
        [
            .. bridge.Targets.Distinct().Select(number => new RingTarget(Msisdn: number)),
            .. speakers.Select(speaker => new RingTarget(DeviceId: speaker)),
        ];
        return new([new(first, bridge.RingSeconds), .. home?.Fallback ?? []], FallbackAt: 1);
    }

    public static Visit Visit(BridgeAction bridge, DeviceRegistration door, JsonText payload) =>
        new(
            bridge.Conference,
            Text(door.Metadata, "open_key") ?? "#",
            Text(payload, "snapshot_url") ?? Text(door.Metadata, "snapshot_url"),
            Text(payload, "video_url") ?? Text(door.Metadata, "video_url")
        );

    private static string? Text(JsonText? json, string member)
    {
        if (json is not { } known)
            return null;
        using var document = known.Parse();
        return
            document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty(member, out var value)
            && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
    }
}
