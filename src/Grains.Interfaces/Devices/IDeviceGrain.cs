using IotOrleans.Events;
using IotOrleans.Rules;

namespace IotOrleans.Devices;

/// <summary>A device: its registry record, the rules that concern it, and the facts it told us.</summary>
[Alias("iot.IDeviceGrain")]
public interface IDeviceGrain : IGrainWithStringKey
{
    /// <summary>
    /// Registers the device with the hash of its new key. The same registration again is AlreadyDone; another is
    /// Conflict.
    /// </summary>
    [Alias("Register")]
    Task<Answer<DeviceRecord>> Register(DeviceRegistration registration, string keyHash);

    /// <summary>Answers also while the device waits for something, such as an incident that asks it.</summary>
    [Alias("Look"), AlwaysInterleave]
    Task<DeviceRecord?> Look();

    [Alias("LookState")]
    Task<DeviceState?> LookState();

    /// <summary>Replaces what is known of the device; the id and the key stay.</summary>
    [Alias("Change")]
    Task<Answer<DeviceRecord>> Change(DeviceRegistration registration);

    /// <summary>A new key takes the place of the old one at once.</summary>
    [Alias("ChangeKey")]
    Task<Refusal> ChangeKey(string keyHash);

    /// <summary>A new key; the one before is believed for <paramref name="overlap"/>, older ones are not.</summary>
    [Alias("RotateKey")]
    Task<Refusal> RotateKey(string keyHash, TimeSpan overlap);

    /// <summary>The old key is dead at once. NotFound when there is none.</summary>
    [Alias("DropOldKey")]
    Task<Refusal> DropOldKey();

    /// <summary>Forgets the device; what it told us stays in the journal.</summary>
    [Alias("Remove")]
    Task<Refusal> Remove();

    /// <summary>
    /// Takes one fact. Returns when the fact, and every incident that follows from it, is durable; the calls come
    /// after.
    /// </summary>
    /// <exception cref="JournalUnavailableException">
    /// Nothing could be made durable; the caller should send it again.
    /// </exception>
    [Alias("Report")]
    Task<Answer<EventReceipt>> Report(DeviceEvent deviceEvent);

    /// <summary>
    /// What a line of ours tells itself, such as a call that came in: recorded and acted on when a rule waits for it.
    /// </summary>
    [Alias("Raise"), OneWay]
    Task Raise(DeviceEvent deviceEvent);

    /// <summary>
    /// Whether the state that this event type tells of holds now, as the device last said; null when it never did.
    /// </summary>
    [Alias("LastEdge")]
    Task<bool?> LastEdge(string eventType);

    /// <summary>What the event would do, rule by rule, with nothing done.</summary>
    [Alias("Consider")]
    Task<Answer<Explanation>> Consider(DeviceEvent deviceEvent, Rule? only);

    /// <summary>A rule about this very device was made or changed.</summary>
    [Alias("Hold")]
    Task<Refusal> Hold(Rule rule);

    [Alias("Drop")]
    Task Drop(RuleId rule);

    /// <summary>
    /// The event types that rules of the subscriber wait for; quiet events need not leave the device.
    /// </summary>
    [Alias("Watch")]
    Task Watch(WatchList watch);
}

/// <summary>
/// Which events of its devices a subscriber's rules wait for. A later version replaces an earlier one.
/// </summary>
[GenerateSerializer, Immutable, Alias("iot.watch-list")]
public sealed record WatchList(Subscribers.Msisdn Subscriber, long Version, string[] EventTypes);
