using System.Text.Json;
using System.Text.Json.Serialization;
using IotOrleans.Devices;

namespace IotOrleans.Subscribers;

/// <summary>What is settled for a number: name, time zone, who rings, when to be quiet, whom to call in need.</summary>
/// <param name="TimeZone">IANA name; UTC when absent.</param>
/// <param name="DoNotDisturbUntil">Until then only the fallback, and callers who are allowed, ring.</param>
/// <param name="Callers">The first that fits a caller holds.</param>
/// <param name="TestUntil">Until then every alarm is a test: it goes to this number only, and says so.</param>
[GenerateSerializer, Immutable, Alias("iot.subscriber-settings")]
public sealed record SubscriberSettings(
    string? DisplayName = null,
    string? TimeZone = null,
    CallPolicy? Policy = null,
    QuietHours? QuietHours = null,
    EmergencyContact[]? EmergencyContacts = null,
    DateTimeOffset? TestUntil = null,
    DateTimeOffset? DoNotDisturbUntil = null,
    CallerRule[]? Callers = null,
    LineUse Line = LineUse.Both
);

/// <summary>What of a number is ours; the rest goes the way of any other number.</summary>
[GenerateSerializer, Alias("iot.line-use")]
public enum LineUse
{
    Both,
    Calls,
    Sms,
}

[GenerateSerializer, Alias("iot.caller-verdict")]
public enum CallerVerdict
{
    /// <summary>Rings also when nobody is to be disturbed.</summary>
    Allow,

    /// <summary>Is rejected, and rings nowhere.</summary>
    Block,

    /// <summary>Is shown and said under the given name.</summary>
    Announce,
}

/// <summary>What is settled for calls from one number, or from many that begin alike.</summary>
/// <param name="Caller">"+74951234567", "+7495*", or "withheld".</param>
/// <param name="Name">For announce: who it is.</param>
[GenerateSerializer, Immutable, Alias("iot.caller-rule")]
public sealed record CallerRule(string Caller, CallerVerdict Action, string? Name = null)
{
    public const int CountMax = 256;
    public const string Withheld = "withheld";

    /// <param name="caller">As the network gave it; empty when it is withheld.</param>
    public bool Is(string caller) =>
        caller.Length == 0 ? Caller == Withheld
        : Caller.EndsWith('*') ? caller.StartsWith(Caller[..^1], StringComparison.Ordinal)
        : caller == Caller;
}

/// <summary>A time in which what happens is recorded and explained but not acted on; it ends by itself.</summary>
/// <param name="By">Who said so.</param>
/// <param name="DeviceId">Only this device; likewise the others. None of them: the whole home.</param>
/// <param name="LifeSafety">Said on purpose: without it fire, gas and cries for help are acted on all the same.</param>
[GenerateSerializer, Immutable, Alias("iot.silence")]
public sealed record Silence(
    string SilenceId,
    DateTimeOffset From,
    DateTimeOffset Until,
    string Reason,
    string By,
    DeviceId? DeviceId = null,
    string? Room = null,
    string? Zone = null,
    Rules.RuleId? RuleId = null,
    bool LifeSafety = false
)
{
    /// <summary>Whoever needs longer says so again.</summary>
    public static readonly TimeSpan LengthMax = TimeSpan.FromDays(7);

    /// <summary>Of one subscriber, those that are over not counted.</summary>
    public const int CountMax = 64;

    public bool Covers(DeviceRegistration device, Rules.RuleId rule, DateTimeOffset now) =>
        From <= now
        && now < Until
        && (DeviceId is null || DeviceId == device.DeviceId)
        && (RuleId is null || RuleId == rule)
        && (Room is null || Room.Equals(device.Room, StringComparison.OrdinalIgnoreCase))
        && (Zone is null || Zone.Equals(device.Zone, StringComparison.OrdinalIgnoreCase));
}

[GenerateSerializer, Alias("iot.ring-mode")]
public enum RingMode
{
    Simultaneous,
    Sequential,

    /// <summary>In turn, each call beginning with the next target.</summary>
    RoundRobin,
}

/// <summary>
/// Who rings when the number is called. Without targets every speaker and display of the number rings.
/// </summary>
/// <param name="RingSeconds">5 to 120: all together, or each in turn.</param>
/// <param name="Fallback">Tried in order when nobody answered.</param>
/// <param name="SkipAway">Speakers that are not connected are passed over instead of waited for.</param>
[GenerateSerializer, Immutable, Alias("iot.call-policy")]
public sealed record CallPolicy(
    RingMode Mode = RingMode.Simultaneous,
    int RingSeconds = 30,
    RingTarget[]? Targets = null,
    RingTarget[]? Fallback = null,
    bool SkipAway = false
)
{
    public const int TargetsMax = 16;
}

/// <summary>One place that rings; exactly one member is set. Voicemail is a fallback only.</summary>
/// <param name="Room">Every speaker and display of the number in that room.</param>
/// <param name="DialString">A FreeSWITCH dial string, such as <c>user/1001@home</c>.</param>
[GenerateSerializer, Immutable, Alias("iot.ring-target")]
public sealed record RingTarget(
    DeviceId? DeviceId = null,
    string? DialString = null,
    Msisdn? Msisdn = null,
    bool? Voicemail = null,
    string? Room = null
);

/// <summary>
/// Local times "HH:mm" in the subscriber's zone; from inclusive to exclusive, over midnight when From is later.
/// </summary>
[GenerateSerializer, Immutable, Alias("iot.quiet-hours")]
public sealed record QuietHours(string From, string To);

/// <summary>Whom to call in need. Written as a plain number when it has no name.</summary>
[GenerateSerializer, Immutable, Alias("iot.emergency-contact"), JsonConverter(typeof(EmergencyContactJson))]
public sealed record EmergencyContact(Msisdn Msisdn, string? Name = null);

/// <summary>A contact is a number, or an object with a number and a name.</summary>
public sealed class EmergencyContactJson : JsonConverter<EmergencyContact>
{
    public override EmergencyContact Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var numbers = (JsonConverter<Msisdn>)options.GetConverter(typeof(Msisdn));
        if (reader.TokenType == JsonTokenType.String)
            return new(numbers.Read(ref reader, typeof(Msisdn), options));
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("is neither a number nor an object");
        Msisdn? number = null;
        string? name = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = reader.GetString();
            reader.Read();
            if (member == "msisdn")
                number = numbers.Read(ref reader, typeof(Msisdn), options);
            else if (member == "name" && reader.TokenType == JsonTokenType.String)
                name = reader.GetString();
            else
                reader.Skip();
        }
        return new(number ?? throw new JsonException("has no msisdn"), name);
    }

    public override void Write(Utf8JsonWriter writer, EmergencyContact value, JsonSerializerOptions options)
    {
        if (value.Name is null)
        {
            writer.WriteStringValue(value.Msisdn.ToString());
            return;
        }
        writer.WriteStartObject();
        writer.WriteString("msisdn", value.Msisdn.ToString());
        writer.WriteString("name", value.Name);
        writer.WriteEndObject();
    }
}

/// <summary>A subscriber as the registry shows it.</summary>
[GenerateSerializer, Immutable, Alias("iot.subscriber-record")]
public sealed record SubscriberRecord(Msisdn Msisdn, SubscriberSettings Settings, DeviceId[] Devices);

/// <summary>What a subscriber grain holds now, for operators.</summary>
[GenerateSerializer, Immutable, Alias("iot.subscriber-state")]
public sealed record SubscriberState(
    Msisdn Msisdn,
    SubscriberSettings? Settings,
    DeviceId[] Devices,
    Rules.Rule[] Rules
);
