using System.Collections.Immutable;
using IotOrleans.Events;
using IotOrleans.Rules;

namespace IotOrleans.Devices;

/// <summary>What the device told before, read when a decision asks for it.</summary>
internal sealed partial class DeviceGrain
{
    private static readonly Dictionary<RuleId, DateTimeOffset> NoHistory = [];

    private ImmutableHashSet<string> _endedUnheard = [];

    private async ValueTask<IReadOnlyDictionary<RuleId, DateTimeOffset>> LastOpened(Rule[] rules) =>
        Array.Exists(rules, rule => rule.CooldownSeconds > 0)
            ? _lastOpened ??= await journal.LastOpened(Teller!.DeviceId)
            : NoHistory;

    /// <summary>Only a payload that speaks of a beginning or an end is worth the look into the past.</summary>
    private async ValueTask<bool?> LastEdgeFor(DeviceEvent deviceEvent) =>
        !Payload.MaySpeakOfEdge(deviceEvent.Payload) ? null
        : _endedUnheard.Contains(deviceEvent.EventType) ? false
        : await LastEdge(deviceEvent.EventType);

    private void Remember(string eventType, bool holds)
    {
        _edges?[eventType] = holds;
        _endedUnheard = _endedUnheard.Remove(eventType);
    }

    /// <summary>
    /// An end that may not be on the disk yet, or never: the device has told of it all the same, and what begins next
    /// is a new beginning. Rather a call too many than an alarm that is taken for one that lasts.
    /// </summary>
    private void NoteUnheard(DeviceEvent deviceEvent, bool? edge)
    {
        if (edge == false)
            _endedUnheard = _endedUnheard.Add(deviceEvent.EventType);
    }
}
