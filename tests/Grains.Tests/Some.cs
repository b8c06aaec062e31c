using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Incidents;
using IotOrleans.Json;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Tests;

/// <summary>The people, things and moments of the tests.</summary>
internal static class Some
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    public static readonly Msisdn Owner = new("79160000010");
    public static readonly Msisdn Neighbour = new("79160000020");
    public static readonly Msisdn Grandson = new("79160000030");
    public static readonly Msisdn Centre = new("79160000040");

    public static readonly DeviceId Smoke = new("smoke-1");
    public static readonly DeviceId Kitchen = new("speaker-kitchen");
    public static readonly DeviceId Hall = new("speaker-hall");

    public static readonly DialGate Gate = new(EmergencyNumbersMayBeDialled: false);

    public static DeviceRegistration SmokeSensor =>
        new(Smoke, DeviceType.SensorSmoke, Owner, Name: "Smoke sensor", Room: "kitchen", Zone: "home");

    public static DeviceEvent Event(
        string type = "smoke",
        string id = "e-1",
        string payload = "{}",
        DateTimeOffset? at = null
    ) => new(id, Smoke, type, at ?? Noon, at ?? Noon, new JsonText(payload), "0af7651916cd43dd8448eb211c80319c");

    public static Rule Rule(RuleAction action, string type = "smoke", string id = "fire") =>
        new(new(id), "Fire", type, new(Msisdn: Owner), [action]);

    public static CallAction Call(params Msisdn[] targets) => new(targets);

    public static Situation Situation(
        Rule rule,
        DeviceEvent? happened = null,
        SubscriberSettings? settings = null,
        DateTimeOffset? lastOpened = null,
        bool? lastEdge = null,
        DialGate? gate = null
    )
    {
        var occurred = happened ?? Event(rule.EventType);
        var opened = lastOpened is { } at ? new Dictionary<RuleId, DateTimeOffset> { [rule.RuleId] = at } : [];
        return new(
            occurred,
            SmokeSensor,
            settings ?? new(),
            [rule],
            opened,
            lastEdge,
            gate ?? Gate,
            occurred.ReceivedAt
        );
    }

    public static IncidentMove Opened(RuleAction[] actions, string type = "smoke") =>
        Incident
            .Open(Rule(actions[0], type) with { Actions = actions }, Situation(Rule(actions[0], type)))
            .Advance(Noon, Gate);
}
