using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Simulation;

/// <summary>A small house: who lives there, what tells of what, and what shall be done then.</summary>
internal sealed record House(
    Msisdn Number,
    SubscriberSettings Settings,
    DeviceRegistration[] Devices,
    Rule[] Rules,
    MediaServerOptions Limits,
    int SwitchCount,
    DateTimeOffset Begins
)
{
    public static readonly string[] EventTypes = ["smoke", "leak", "button", "doorbell", "fall"];

    private static readonly Msisdn[] People =
    [
        new("79160000010"),
        new("79160000020"),
        new("79160000030"),
        new("79160000040"),
    ];

    public IEnumerable<DeviceRegistration> Sensors => Devices.Where(device => !device.CanRing);

    public IEnumerable<DeviceRegistration> Speakers => Devices.Where(device => device.CanRing);

    public static House Of(Chance luck)
    {
        var number = new Msisdn("79990000001");
        var sensors = Enumerable
            .Range(1, luck.Of("sensors").Between(1, 4))
            .Select(index => Sensor(index, luck, number));
        var speakers = Enumerable
            .Range(1, luck.Of("speakers").Between(0, 3))
            .Select(index => new DeviceRegistration(new($"speaker-{index}"), DeviceType.Speaker, number, Room: "hall"));
        DeviceRegistration[] devices = [.. sensors, .. speakers];
        var rules = Enumerable
            .Range(1, luck.Of("rules").Between(1, 5))
            .Select(index => RuleOf(luck.Of("rule", index), index, number, devices));
        return new(
            number,
            SettingsOf(luck.Of("settings")),
            devices,
            [.. rules],
            luck.Of("limits").In(80) ? new() : new() { CallsPerSecond = 1, CallsMax = 3 },
            luck.Of("switches").In(25) ? 2 : 1,
            new DateTimeOffset(2026, 3, 27, 0, 0, 0, TimeSpan.Zero).AddHours(luck.Of("begins").Below(48))
        );
    }

    private static DeviceRegistration Sensor(int index, Chance luck, Msisdn number) =>
        new(
            new($"sensor-{index}"),
            luck.Of("type", index).Pick(DeviceType.SensorSmoke, DeviceType.SensorLeak, DeviceType.Hub),
            luck.Of("bound", index).In(92) ? number : null,
            Room: luck.Of("room", index).Pick("kitchen", "hall", "cellar"),
            Zone: luck.Of("zone", index).Pick("home", "garden")
        );

    private static SubscriberSettings SettingsOf(Chance luck) =>
        new(
            TimeZone: luck.Of("zone").Pick("Europe/Moscow", "Europe/Berlin", "America/New_York", null),
            Policy: luck.Of("policy").In(60)
                ? new(
                    luck.Of("mode").Pick(RingMode.Simultaneous, RingMode.Sequential, RingMode.RoundRobin),
                    luck.Of("ring").Pick(10, 25),
                    Fallback: luck.Of("fallback").In(50)
                        ? [new(Msisdn: People[luck.Of("whom").Below(4)]), new(Voicemail: true)]
                        : null
                )
                : null,
            QuietHours: luck.Of("quiet").In(30) ? new("22:00", "07:00") : null,
            EmergencyContacts: luck.Of("contacts").In(40) ? [new(People[3], "Neighbour")] : null
        );

    private static Rule RuleOf(Chance luck, int index, Msisdn number, DeviceRegistration[] devices)
    {
        var type = EventTypes[luck.Of("type").Below(EventTypes.Length)];
        var actions = Enumerable
            .Range(1, luck.Of("actions").Pick(1, 1, 2, 3))
            .Select(step => ActionOf(luck.Of("action", step), devices));
        return new(
            new($"rule-{index}"),
            $"Rule {index}",
            type,
            ScopeOf(luck.Of("scope"), number, devices),
            [.. actions],
            luck.Of("conditional").In(40) ? ConditionsOf(luck.Of("conditions")) : null,
            Priority: luck.Of("priority").Below(3),
            Enabled: luck.Of("enabled").In(95),
            CooldownSeconds: luck.Of("cooldown").In(30) ? luck.Of("length").Pick(20, 300) : 0,
            Escalation: luck.Of("ladder").In(25) ? new(luck.Of("wait").Pick(5, 40), luck.Of("repeats").Below(3)) : null,
            HoldSeconds: luck.Of("hold").In(12) ? luck.Of("held").Pick(5, 30) : 0,
            CorrelateSeconds: luck.Of("correlate").In(25) ? 120 : 0
        );
    }

    private static RuleScope ScopeOf(Chance luck, Msisdn number, DeviceRegistration[] devices) =>
        luck.Of("kind").Below(10) switch
        {
            0 or 1 or 2 => new(DeviceId: devices[0].DeviceId),
            3 => new(DeviceType: devices[0].Type),
            _ => new(Msisdn: number),
        };

    private static RuleConditions ConditionsOf(Chance luck) =>
        luck.Of("kind").Below(5) switch
        {
            0 => new(Time: new("08:00", "20:00", luck.Of("days").In(50) ? ["sat", "sun"] : null)),
            1 => new(Time: new("21:30", "06:00", luck.Of("days").In(50) ? ["fri", "sat"] : null)),
            2 => new(Room: "Kitchen"),
            3 => new(Payload: [new("value", luck.Of("op").Pick(PayloadOp.Gt, PayloadOp.Le, PayloadOp.Eq), new("2"))]),
            _ => new(Payload: [new("value", PayloadOp.Exists)], Zone: luck.Of("zone").In(50) ? "home" : null),
        };

    private static RuleAction ActionOf(Chance luck, DeviceRegistration[] devices)
    {
        var speaker = Array.Find(devices, device => device.CanRing)?.DeviceId;
        return luck.Of("kind").Below(10) switch
        {
            7 => new SendSmsAction([People[luck.Of("to").Below(4)]], "Fire in the {room}"),
            8 => speaker is { } at && luck.Of("command").In(40)
                ? new CommandDeviceAction(at, "flash_lights")
                : new NotifyDeviceAction("Attention", AllOfSubscriber: true),
            9 => new WebhookAction("https://example.org/hook"),
            _ => CallOf(luck),
        };
    }

    private static CallAction CallOf(Chance luck)
    {
        var first = luck.Of("first").Below(4);
        var targets = Enumerable.Range(first, luck.Of("count").Between(1, 3)).Select(index => People[index % 4]);
        return new(
            luck.Of("emergency").In(8) ? [new Msisdn("112"), .. targets] : [.. targets],
            Mode: luck.Of("mode").Pick(CallMode.All, CallMode.UntilAnswered, CallMode.UntilAcknowledged),
            Ack: luck.Of("key").In(25) ? AckKind.Dtmf : null,
            RingSeconds: luck.Of("ring").Pick(5, 15, 30),
            Attempts: luck.Of("attempts").Pick(1, 1, 2, 3),
            RetrySeconds: luck.Of("retry").Pick(0, 5, 45),
            EmergencyContacts: luck.Of("contacts").In(20)
        );
    }
}
