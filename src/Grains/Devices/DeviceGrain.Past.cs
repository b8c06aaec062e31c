using IotOrleans.Events;
using IotOrleans.Rules;

namespace IotOrleans.Devices;

/// <summary>What the device told before, read when a decision asks for it.</summary>
internal sealed partial class DeviceGrain
{
    private static readonly Dictionary<RuleId, DateTimeOffset> NoHistory = [];

    private async ValueTask<IReadOnlyDictionary<RuleId, DateTimeOffset>> LastOpened(Rule[] rules) =>
        Array.Exists(rules, rule => rule.CooldownSeconds > 0)
            ? _lastOpened ??= await journal.LastOpened(Teller!.DeviceId)
            : NoHistory;

    private async ValueTask<bool?> LastEdgeFor(DeviceEvent deviceEvent)
    {
        // Only a payload that speaks of a beginning or an end is worth the look into the past.
        return Payload.MaySpeakOfEdge(deviceEvent.Payload) ? await LastEdge(deviceEvent.EventType) : null;
    }
}
