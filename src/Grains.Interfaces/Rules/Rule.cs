using System.Text.Json.Serialization;
using IotOrleans.Devices;
using IotOrleans.Json;
using IotOrleans.Subscribers;

namespace IotOrleans.Rules;

/// <summary>When an event of this type meets these conditions, do these actions in order.</summary>
/// <param name="Priority">0 to 1000; a higher one is judged and acts first.</param>
/// <param name="CooldownSeconds">
/// 0 to 86,400: how long one device cannot set off this rule again. 0 is no cooldown.
/// </param>
/// <param name="Version">Grows with every change.</param>
/// <param name="Escalation">Set when only an acknowledgement stops the actions; they are then a ladder.</param>
/// <param name="HoldSeconds">
/// 0 to 120: how long the people at home, who are told at once, may call it a false alarm before anything else is done.
/// </param>
/// <param name="CorrelateSeconds">
/// 0 to 3,600: events of other devices of the subscriber join the incident that this rule opened so recently, while it
/// runs. 0: every device has an incident of its own.
/// </param>
/// <param name="StaleSeconds">
/// 0 to 86,400: an event that the device dates longer ago than this is recorded and not acted on. 0: however old. Null:
/// an hour for life-safety, a quarter of one for the rest.
/// </param>
/// <param name="Corroboration">Set when one report alone is not believed at once.</param>
[GenerateSerializer, Immutable, Alias("iot.rule")]
public sealed record Rule(
    RuleId RuleId,
    string Name,
    string EventType,
    RuleScope Scope,
    RuleAction[] Actions,
    RuleConditions? Conditions = null,
    int Priority = 0,
    bool Enabled = true,
    int CooldownSeconds = 0,
    long Version = 1,
    Escalation? Escalation = null,
    int HoldSeconds = 0,
    int CorrelateSeconds = 0,
    int? StaleSeconds = null,
    Corroboration? Corroboration = null
)
{
    public const int ActionsMax = 16;
    public const int TargetsMax = 32;
}

/// <summary>
/// A first report only has the home asked whether it is true; reports of more devices of the same zone make it certain.
/// </summary>
/// <param name="Devices">2 to 10: how many must tell of it.</param>
/// <param name="WithinSeconds">5 to 600: how long the first one waits for the others.</param>
/// <param name="SameDevice">Whether another report of the same device counts as well.</param>
[GenerateSerializer, Immutable, Alias("iot.corroboration")]
public sealed record Corroboration(
    int Devices = 2,
    int WithinSeconds = 60,
    bool SameDevice = false,
    Uncorroborated Otherwise = Uncorroborated.Proceed
);

/// <summary>What becomes of a report that nobody confirmed.</summary>
[GenerateSerializer, Alias("iot.uncorroborated")]
public enum Uncorroborated
{
    /// <summary>It is acted on all the same, only later.</summary>
    Proceed,

    /// <summary>It ends there; for events of which one alone means little.</summary>
    Close,
}

/// <summary>
/// Makes a ladder of the actions: one after another, over and over, until somebody has acknowledged. Answered,
/// delivered
/// and read are not enough.
/// </summary>
/// <param name="WaitSeconds">
/// 5 to 3,600: how long one step waits for an acknowledgement. A step whose calls have all failed waits no longer.
/// </param>
/// <param name="Repeats">0 to 10: how often the whole ladder is climbed again.</param>
[GenerateSerializer, Immutable, Alias("iot.escalation")]
public sealed record Escalation(int WaitSeconds = 60, int Repeats = 0);

/// <summary>Which devices a rule concerns; exactly one member is set.</summary>
[GenerateSerializer, Immutable, Alias("iot.rule-scope")]
public sealed record RuleScope(DeviceId? DeviceId = null, Msisdn? Msisdn = null, DeviceType? DeviceType = null);

/// <summary>All that are given must hold.</summary>
[GenerateSerializer, Immutable, Alias("iot.rule-conditions")]
public sealed record RuleConditions(
    TimeWindow? Time = null,
    string? Room = null,
    string? Zone = null,
    PayloadCondition[]? Payload = null
);

/// <summary>
/// A daily window in the subscriber's time zone, from inclusive to exclusive, "HH:mm". A window that ends before it
/// begins passes midnight and belongs to the day it began on.
/// </summary>
/// <param name="Days">"mon" to "sun"; all days when absent.</param>
[GenerateSerializer, Immutable, Alias("iot.time-window")]
public sealed record TimeWindow(string From, string To, string[]? Days = null);

/// <summary>A comparison with a value in the payload.</summary>
/// <param name="Path">Member names joined by dots, "vitals.rate"; a number indexes an array.</param>
/// <param name="Op">eq, ne, gt, ge, lt, le, contains or exists.</param>
[GenerateSerializer, Immutable, Alias("iot.payload-condition")]
public sealed record PayloadCondition(string Path, PayloadOp Op, JsonText? Value = null);

[GenerateSerializer, Alias("iot.payload-op")]
public enum PayloadOp
{
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
    Contains,
    Exists,
}

/// <summary>One thing a rule does.</summary>
[GenerateSerializer, Immutable, Alias("iot.rule-action")]
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(CallAction), "call")]
[JsonDerivedType(typeof(SendSmsAction), "send_sms")]
[JsonDerivedType(typeof(NotifyDeviceAction), "notify_device")]
[JsonDerivedType(typeof(CommandDeviceAction), "command_device")]
[JsonDerivedType(typeof(BridgeAction), "bridge")]
[JsonDerivedType(typeof(WebhookAction), "webhook")]
public abstract record RuleAction;

[GenerateSerializer, Alias("iot.call-mode")]
public enum CallMode
{
    /// <summary>Every target is called.</summary>
    All,

    /// <summary>One after another until somebody picks up.</summary>
    UntilAnswered,

    /// <summary>One after another until somebody presses 1.</summary>
    UntilAcknowledged,
}

[GenerateSerializer, Alias("iot.ack-kind")]
public enum AckKind
{
    Dtmf,
}

/// <summary>Calls people.</summary>
/// <param name="RingSeconds">5 to 120.</param>
/// <param name="Attempts">1 to 10 for each target.</param>
/// <param name="RetrySeconds">0 to 3,600 between two attempts at one target.</param>
/// <param name="EmergencyContacts">The subscriber's emergency contacts, in their order, after the targets.</param>
[GenerateSerializer, Immutable, Alias("iot.call-action")]
public sealed record CallAction(
    Msisdn[] Targets,
    SpokenMessage? Message = null,
    AckKind? Ack = null,
    CallMode Mode = CallMode.All,
    int RingSeconds = 30,
    int Attempts = 1,
    int RetrySeconds = 30,
    bool EmergencyContacts = false
) : RuleAction
{
    /// <summary>Whether only a pressed key counts: answered is not reached.</summary>
    [JsonIgnore]
    public bool NeedsKey => Ack is AckKind.Dtmf || Mode == CallMode.UntilAcknowledged;
}

/// <summary>What is said: a text to speak, or a file of the switch to play; exactly one.</summary>
[GenerateSerializer, Immutable, Alias("iot.spoken-message")]
public sealed record SpokenMessage(string? Text = null, string? File = null, string? Language = null);

[GenerateSerializer, Immutable, Alias("iot.send-sms-action")]
public sealed record SendSmsAction(Msisdn[] Targets, string Text, bool EmergencyContacts = false) : RuleAction;

/// <summary>Shows or says a text on one device, or on every speaker and display of the subscriber.</summary>
[GenerateSerializer, Immutable, Alias("iot.notify-device-action")]
public sealed record NotifyDeviceAction(string Text, DeviceId? DeviceId = null, bool AllOfSubscriber = false)
    : RuleAction;

[GenerateSerializer, Immutable, Alias("iot.command-device-action")]
public sealed record CommandDeviceAction(DeviceId DeviceId, string Command, JsonText? Arguments = null) : RuleAction;

/// <summary>
/// Joins the leg of a device that can talk, such as a doorphone, to whoever of the targets answers first.
/// </summary>
[GenerateSerializer, Immutable, Alias("iot.bridge-action")]
public sealed record BridgeAction(DeviceId DeviceId, Msisdn[] Targets, bool Conference = false, int RingSeconds = 30)
    : RuleAction;

[GenerateSerializer, Immutable, Alias("iot.webhook-action")]
public sealed record WebhookAction(string Url) : RuleAction;
