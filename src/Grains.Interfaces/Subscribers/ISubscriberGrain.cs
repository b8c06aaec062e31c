using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Incidents;
using IotOrleans.Rules;

namespace IotOrleans.Subscribers;

/// <summary>A subscriber number: its devices, its rules, and who rings when it is called.</summary>
[Alias("iot.ISubscriberGrain")]
public interface ISubscriberGrain : IGrainWithStringKey
{
    /// <summary>Sets everything that a person settles for the number.</summary>
    [Alias("Settle")]
    Task<Answer<SubscriberRecord>> Settle(SubscriberSettings settings);

    [Alias("Look")]
    Task<SubscriberRecord?> Look();

    [Alias("LookState")]
    Task<SubscriberState?> LookState();

    /// <summary>Forgets the settings. Devices and rules stay bound to the number.</summary>
    [Alias("Remove")]
    Task<Refusal> Remove();

    /// <summary>A device belongs to this number from now on; answers which events its rules wait for.</summary>
    [Alias("Bind")]
    Task<Answer<WatchList>> Bind(DeviceRegistration device);

    [Alias("Unbind")]
    Task Unbind(DeviceId device);

    /// <summary>
    /// Takes a rule about this number. Answers what its devices must now watch for; the asker tells them.
    /// </summary>
    [Alias("Hold")]
    Task<Answer<WatchOrder>> Hold(Rule rule);

    [Alias("Drop")]
    Task<WatchOrder?> Drop(RuleId rule);

    /// <summary>What the number brings to a decision about an event of this type: its settings and its rules.</summary>
    [Alias("Consult")]
    Task<SubscriberCounsel> Consult(string eventType);

    /// <summary>
    /// Which incident an event of this rule belongs to: one that the rule opened for another device a short while ago,
    /// or <paramref name="own"/>, which is remembered for those that follow.
    /// </summary>
    [Alias("Correlate")]
    Task<IncidentId> Correlate(RuleId rule, IncidentId own, IncidentId? insteadOf, TimeSpan window);

    /// <summary>The same among the events of one place in the home.</summary>
    /// <param name="place">A zone or room; empty for the whole home.</param>
    [Alias("CorrelateAt")]
    Task<IncidentId> CorrelateAt(string place, RuleId rule, IncidentId own, IncidentId? insteadOf, TimeSpan window);

    /// <summary>Keeps a silence; the same id again replaces it.</summary>
    [Alias("BeSilent")]
    Task<Refusal> BeSilent(Silence silence);

    [Alias("EndSilence")]
    Task<Refusal> EndSilence(string silenceId);

    /// <summary>Those that are not over.</summary>
    [Alias("Silences")]
    Task<Silence[]> Silences();

    /// <summary>The bound devices that can ring, show and say.</summary>
    [Alias("Speakers")]
    Task<DeviceId[]> Speakers();

    /// <summary>
    /// Who rings for a call to this number, in which order and for how long. Null: the number is not ours.
    /// </summary>
    /// <param name="caller">As the network gave it; empty when it is withheld.</param>
    [Alias("PlanCall")]
    Task<CallPlan?> PlanCall(string caller);

    /// <summary>
    /// The speakers and displays that show a text: those that ring for a call, or all if none of them does. It waits
    /// there until it is read and disturbs nobody. Null: the subscriber has blocked the sender.
    /// </summary>
    [Alias("PlanSms")]
    Task<DeviceId[]?> PlanSms(string from);

    /// <summary>Whether calls to this number are ours, without anything being planned.</summary>
    [Alias("Rings")]
    Task<bool> Rings();

    /// <summary>Whether SMS for this number are ours.</summary>
    [Alias("TakesSms")]
    Task<bool> TakesSms();

    /// <summary>
    /// Whether people at home may hand a call on to this place: their own devices and settled targets.
    /// </summary>
    [Alias("MayHandTo")]
    Task<bool> MayHandTo(RingTarget target);
}

/// <summary>A watch list and the devices that must be told of it.</summary>
[GenerateSerializer, Immutable, Alias("iot.watch-order")]
public sealed record WatchOrder(WatchList Watch, DeviceId[] Devices);

/// <summary>What the subscriber knows that a decision needs, and its own rules for the event.</summary>
[GenerateSerializer, Immutable, Alias("iot.subscriber-counsel")]
public sealed record SubscriberCounsel(SubscriberSettings Settings, Rule[] Rules, Silence[]? Silences = null)
{
    public static SubscriberCounsel None { get; } = new(new SubscriberSettings(), []);
}
