using System.Text.Json;
using IotOrleans.Access;
using IotOrleans.Devices;
using IotOrleans.Events;

namespace IotOrleans.Hooks;

/// <summary>
/// Makes events of a hub's message: which device is meant, what happened, and whether the hub may say so.
/// </summary>
public sealed class HookReader(IHubStore hubs, IDeviceSecrets secrets, IGrainFactory grains, TimeProvider clock)
{
    private static readonly HookMapping NoMapping = new();

    /// <summary>What the vendor's words say, before anybody looks which device is meant.</summary>
    public async Task<HookReading> Read(HookLetter letter, JsonElement message, CancellationToken cancellation)
    {
        if (message.ValueKind != JsonValueKind.Object)
            return HookReading.NotMapped("the message is no object");
        var mapping = letter.Settings?.Mapping ?? NoMapping;
        return letter.Vendor switch
        {
            HookVendor.Homeassistant => HomeAssistantMessage.Read(message, mapping),
            HookVendor.Zigbee2mqtt => ZigbeeMessage.Read(message, mapping),
            HookVendor.Matter => MatterMessage.Read(message, mapping),
            HookVendor.Tuya => TuyaMessage.Read(
                message,
                mapping,
                [.. (await secrets.Living(letter.Hub, clock.GetUtcNow(), cancellation)).Select(secret => secret.Text)]
            ),
            _ => MappedMessage.Read(message, mapping.Device is null ? MappedMessage.Ours : mapping),
        };
    }

    /// <summary>The event that a fact is, ready to be told as if the device had said so itself.</summary>
    public async Task<HookEvent> Place(
        HookLetter letter,
        DeviceRecord hub,
        Caller caller,
        VendorFact fact,
        CancellationToken cancellation
    )
    {
        var found = await Find(letter, hub, caller, fact, cancellation);
        if (found.Device is not { } device)
            return found;
        if (FactKinds.At(device.Type, fact) is not { EventType: { } word } known || !EventTypes.IsWord(word))
        {
            return found with
            {
                Refusal = HookRefused.Unmapped,
                Why = $"no event type for a device of type {device.Type}",
            };
        }
        var state = known.Active;
        var unchanged = state is not null && await grains.Device(device.DeviceId).LastEdge(word) == state;
        // A state needs no name: the device's last state tells whether it is news, and a name made of the time would
        // fold a short end and a new beginning into one.
        var id = known.EventId ?? (state is null ? null : $"state-{Guid.CreateVersion7(clock.GetUtcNow()):N}");
        return found with
        {
            Fact = known,
            Event = new(device.DeviceId, word, id, known.OccurredAt, known.Payload()),
            Unchanged = unchanged,
        };
    }

    /// <summary>The device of these names, when the hub may speak for it.</summary>
    public async Task<DeviceId?> Whose(
        HookLetter letter,
        DeviceRecord hub,
        Caller caller,
        string[] names,
        CancellationToken cancellation
    ) => (await Find(letter, hub, caller, new(names, null), cancellation)).Device?.DeviceId;

    private async Task<HookEvent> Find(
        HookLetter letter,
        DeviceRecord hub,
        Caller caller,
        VendorFact fact,
        CancellationToken cancellation
    )
    {
        var foreign = false;
        foreach (var name in fact.Names)
        {
            if (letter.Settings?.Devices?.GetValueOrDefault(name) is { Value: not null } named)
            {
                return await grains.Device(named).Look() is { } record
                    ? new(fact, record.Device)
                    : new(fact, null, HookRefused.Unknown, $"{named} of the hub's settings is not registered");
            }
            if (!Names.IsLine(name, 256))
                continue;
            var all = await hubs.FindDevices(name, cancellation);
            var own = Array.FindAll(all, device => MayTell(letter, hub, caller, device));
            foreign |= all.Length > 0;
            if (own.Length > 1)
                return new(fact, null, HookRefused.Unmapped, $"'{name}' is the external_id of several devices");
            if (own is [var one])
                return new(fact, one);
        }
        return foreign
            ? new(fact, null, HookRefused.Foreign, "the hub does not speak for this device")
            : new(fact, null, HookRefused.Unknown, $"no device has the external_id '{fact.Names[0]}'");
    }

    private static bool MayTell(HookLetter letter, DeviceRecord hub, Caller caller, DeviceRegistration device) =>
        letter.Settings?.Reach == HubReach.All
        || caller.SpeaksFor(device.DeviceId)
        || device.DeviceId == hub.Device.DeviceId
        || (hub.Device.Msisdn is { } number && device.Msisdn == number);
}

public enum HookRefused
{
    No,
    Unknown,
    Foreign,
    Unmapped,
}

/// <summary>A fact, the device it is about, and the event it is.</summary>
/// <param name="Unchanged">The device said the same before: a state that lasts is no event.</param>
public sealed record HookEvent(
    VendorFact Fact,
    DeviceRegistration? Device,
    HookRefused Refusal = HookRefused.No,
    string? Why = null,
    EventBody? Event = null,
    bool Unchanged = false
);
