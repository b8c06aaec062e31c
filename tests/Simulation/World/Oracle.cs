using System.Text.Json;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Incidents;
using IotOrleans.Rules;

namespace IotOrleans.Simulation;

/// <summary>
/// What each event should have led to, thought out once more and otherwise: from the rows in the order in which they
/// came to the disk, without any code of the product.
/// </summary>
internal static class Oracle
{
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    private static readonly string[] Alarms =
    [
        "smoke",
        "gas",
        "co",
        "leak",
        "sos",
        "fall",
        "intrusion",
        "heart_anomaly",
    ];

    public static void Judge(World world, Action<bool, string> demand)
    {
        var opened = new Dictionary<(DeviceId, RuleId), DateTimeOffset>();
        var edges = new Dictionary<(DeviceId, string), bool>();
        foreach (var (entry, incidents) in world.Database.Rows.Events)
        {
            var happened = entry.Event;
            var device = Array.Find(world.House.Devices, device => device.DeviceId == happened.DeviceId)!;
            foreach (var rule in world.House.Rules.Where(rule => Concerns(rule, device, happened.EventType)))
            {
                var verdict = Array.Find(entry.Explanation?.Rules ?? [], found => found.RuleId == rule.RuleId);
                var last = opened.TryGetValue((device.DeviceId, rule.RuleId), out var at) ? at : (DateTimeOffset?)null;
                var edge = edges.TryGetValue((device.DeviceId, happened.EventType), out var known) && known;
                var expected = Expected(world.House, rule, device, happened, last, edge);
                // An end that the device told of, and that nobody heard recorded, is one to whoever was told of it.
                if (edge && verdict?.Outcome != expected && world.Ledger.IsUnheard(device.DeviceId, happened.EventType))
                    expected = Expected(world.House, rule, device, happened, last, lastEdge: false);
                demand(
                    verdict?.Outcome == expected || (verdict?.Outcome == "correlated" && expected == "matched"),
                    $"{happened.EventId} and {rule.RuleId}: {verdict?.Outcome ?? "nothing"}, and not {expected}"
                );
                var id = new IncidentId(
                    NamedId.Of("incident", device.DeviceId.Value, happened.EventId, rule.RuleId.Value)
                );
                demand(
                    incidents.Contains(id) == (verdict?.Outcome == "matched"),
                    $"{happened.EventId} and {rule.RuleId}: {verdict?.Outcome}, but the incident says otherwise"
                );
                if (verdict?.Outcome == "matched")
                    opened[(device.DeviceId, rule.RuleId)] = happened.ReceivedAt;
                if (verdict is { Outcome: "correlated", IncidentId: { } joined })
                    JudgeJoined(world, rule, joined, happened, demand);
            }
            if (Edge(happened) is { } begins)
                edges[(device.DeviceId, happened.EventType)] = begins;
        }
    }

    private static void JudgeJoined(
        World world,
        Rule rule,
        IncidentId joined,
        DeviceEvent happened,
        Action<bool, string> demand
    ) =>
        demand(
            rule.CorrelateSeconds > 0
                && world.Database.Rows.Incident(joined) is { } open
                && open.RuleId == rule.RuleId
                && (open.ClosedAt is null || open.ClosedAt >= happened.ReceivedAt || HasClockSet(world))
                && (open.Joined ?? []).Any(one => one.EventId == happened.EventId && one.DeviceId == happened.DeviceId),
            $"{happened.EventId} has joined an incident that it does not belong to"
        );

    private static bool HasClockSet(World world) => world.Day.Acts.Any(act => act is ClockIsSet);

    private static bool Concerns(Rule rule, DeviceRegistration device, string type) =>
        rule.EventType == type
        && (
            rule.Scope.DeviceId == device.DeviceId
            || (rule.Scope.Msisdn is { } number && number == device.Msisdn)
            || rule.Scope.DeviceType == device.Type
        );

    private static string Expected(
        House house,
        Rule rule,
        DeviceRegistration device,
        DeviceEvent happened,
        DateTimeOffset? last,
        bool lastEdge
    )
    {
        var now = happened.ReceivedAt;
        // Settings are those of the number that the device belongs to.
        var settings = device.Msisdn is null ? new() : house.Settings;
        var zone = settings.TimeZone is { } name ? TimeZoneInfo.FindSystemTimeZoneById(name) : TimeZoneInfo.Utc;
        var local = TimeZoneInfo.ConvertTime(now, zone);
        var edge = Edge(happened);
        if (!rule.Enabled)
            return "disabled";
        if (edge == false || (edge == true && lastEdge))
            return "no_edge";
        if (!Holds(rule.Conditions, device, happened, local))
            return "condition";
        if (rule.CooldownSeconds > 0 && last is { } before && (now - before).TotalSeconds < rule.CooldownSeconds)
            return "cooldown";
        var quiet = settings.QuietHours is { } hours && IsBetween(local, hours.From, hours.To, null);
        return quiet && !Alarms.Contains(happened.EventType) ? "quiet_hours" : "matched";
    }

    private static bool Holds(
        RuleConditions? asked,
        DeviceRegistration device,
        DeviceEvent happened,
        DateTimeOffset local
    )
    {
        if (asked?.Time is { } time && !IsBetween(local, time.From, time.To, time.Days))
            return false;
        if (asked?.Room is { } room && !room.Equals(device.Room, StringComparison.OrdinalIgnoreCase))
            return false;
        if (asked?.Zone is { } zone && !zone.Equals(device.Zone, StringComparison.OrdinalIgnoreCase))
            return false;
        return (asked?.Payload ?? []).All(condition => Holds(condition, happened));
    }

    private static bool Holds(PayloadCondition condition, DeviceEvent happened)
    {
        using var payload = JsonDocument.Parse(happened.Payload.Text);
        if (!payload.RootElement.TryGetProperty(condition.Path, out var value))
            return false;
        var asked = condition.Value is { } text
            ? double.Parse(text.Text, System.Globalization.CultureInfo.InvariantCulture)
            : 0;
        return condition.Op switch
        {
            PayloadOp.Exists => true,
            PayloadOp.Gt => value.GetDouble() > asked,
            PayloadOp.Le => value.GetDouble() <= asked,
            PayloadOp.Eq => value.GetDouble().Equals(asked),
            _ => throw new NotSupportedException($"{condition.Op}"),
        };
    }

    private static bool IsBetween(DateTimeOffset local, string from, string to, string[]? days)
    {
        var (minute, start, end) = (local.Hour * 60 + local.Minute, Minutes(from), Minutes(to));
        var began = local.DayOfWeek;
        if (start < end && (minute < start || minute >= end))
            return false;
        if (start > end)
        {
            if (minute < start && minute >= end)
                return false;
            if (minute < end)
                began = local.AddDays(-1).DayOfWeek;
        }
        return days is null || days.Contains(Days[(int)began]);
    }

    private static int Minutes(string text) =>
        int.Parse(text[..2], System.Globalization.CultureInfo.InvariantCulture) * 60
        + int.Parse(text[3..], System.Globalization.CultureInfo.InvariantCulture);

    private static bool? Edge(DeviceEvent happened) =>
        happened.Payload.Text.Contains("true", StringComparison.Ordinal) ? true
        : happened.Payload.Text.Contains("false", StringComparison.Ordinal) ? false
        : null;
}
