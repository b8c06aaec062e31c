using IotOrleans.Devices;
using IotOrleans.Json;

namespace IotOrleans.Hooks;

/// <param name="Settings">To be tried in place of those that are kept.</param>
public sealed record DryRun(JsonText Message, HubBody? Settings = null, HookVendor? Vendor = null);

/// <param name="Unmapped">Why the message would be refused.</param>
/// <param name="Ignored">Why it would be taken and lead to no event.</param>
public sealed record DryRunAnswer(DryRunEvent[] Events, string? Unmapped, string? Ignored);

public sealed record DryRunEvent(
    string[] Names,
    DeviceId? DeviceId,
    string? EventType,
    bool? Active,
    string? EventId,
    DateTimeOffset? OccurredAt,
    JsonText? Payload,
    string? Refused,
    bool Unchanged
)
{
    internal static DryRunEvent Of(HookEvent placed) =>
        new(
            placed.Fact.Names,
            placed.Device?.DeviceId,
            placed.Event?.EventType,
            placed.Event is null ? null : placed.Fact.Active,
            placed.Fact.EventId,
            placed.Event?.OccurredAt,
            placed.Event?.Payload,
            placed.Why,
            placed.Unchanged
        );
}
