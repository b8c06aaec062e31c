using System.Text.Json;
using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Incidents;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Events;

/// <summary>
/// What one event leads to, and why. The same pure function serves the live path, explain and dry-run.
/// </summary>
/// <param name="Joined">Incidents that were open before and that the event belongs to.</param>
public sealed record Decision(
    Explanation Explanation,
    Incident[] Incidents,
    CallLeg[] Legs,
    bool? Edge,
    IncidentId[]? Joined = null
)
{
    public static Decision Make(Situation situation)
    {
        using var document = situation.Event.Payload.Parse();
        var payload = document.RootElement;
        var edge = Payload.NotReal(payload) is null ? Payload.Edge(payload) : null;
        var verdicts = new List<RuleVerdict>(situation.Rules.Count);
        var incidents = new List<Incident>(1);
        var legs = new List<CallLeg>(1);
        foreach (var rule in situation.Rules)
        {
            var verdict = Judge(rule, situation, payload, edge);
            if (verdict.Matched)
            {
                var opened = Incident.Open(rule, situation).Advance(situation.Now, situation.Gate);
                verdict = verdict with { IncidentId = opened.Incident.IncidentId };
                incidents.Add(opened.Incident);
                legs.AddRange(opened.Legs);
            }
            verdicts.Add(verdict);
        }
        var explanation = verdicts.Count == 0 ? Explanation.Nothing : new Explanation([.. verdicts]);
        // What is old news neither begins nor ends what is known of the present.
        var isNews = !verdicts.Exists(verdict => verdict.Outcome == "stale");
        return new(explanation, [.. incidents], [.. legs], isNews ? edge : null);
    }

    /// <summary>The event belongs to an incident that is open; its own, and the legs of it, are not made.</summary>
    public Decision Joining(Incident own, IncidentId open) =>
        this with
        {
            Incidents = [.. Incidents.Where(incident => incident.IncidentId != own.IncidentId)],
            Legs = [.. Legs.Where(leg => leg.IncidentId != own.IncidentId)],
            Joined = [.. Joined ?? [], open],
            Explanation = Explanation with
            {
                Rules =
                [
                    .. Explanation.Rules.Select(verdict =>
                        verdict.IncidentId == own.IncidentId
                            ? verdict with
                            {
                                Outcome = "correlated",
                                IncidentId = open,
                            }
                            : verdict
                    ),
                ],
            },
        };

    private static RuleVerdict Judge(Rule rule, Situation situation, JsonElement payload, bool? edge)
    {
        var conditions = Conditions(rule, situation, payload);
        var outcome =
            !rule.Enabled ? "disabled"
            : Payload.NotReal(payload) is { } mark ? mark
            : IsStale(rule, situation, conditions) ? "stale"
            : IsNoEdge(edge, situation, conditions) ? "no_edge"
            : conditions.Exists(condition => !condition.Passed) ? "condition"
            : IsCoolingDown(rule, situation, conditions) ? "cooldown"
            : IsQuiet(situation, conditions) ? "quiet_hours"
            : SilenceFor(rule, situation) is { } silence ? Reason(silence, situation, conditions)
            : "matched";
        return new(
            rule.RuleId,
            rule.Name,
            outcome == "matched",
            outcome,
            [.. conditions],
            [.. rule.Actions.Select(ActionWords.Describe)]
        );
    }

    private static Silence? SilenceFor(Rule rule, Situation situation) =>
        Array.Find(situation.Silences ?? [], silence => silence.Covers(situation.Device, rule.RuleId, situation.Now));

    private static string Reason(Silence silence, Situation situation, List<ConditionVerdict> conditions)
    {
        var what = $"by {silence.By} until {silence.Until:u}: {silence.Reason}";
        var holds = silence.LifeSafety || !EventTypes.IsLifeSafety(situation.Event.EventType);
        conditions.Add(
            holds
                ? new("silence", "none", what, false)
                : new("silence", "none that is meant for life-safety", what, true)
        );
        return holds ? "silenced" : "matched";
    }

    private static List<ConditionVerdict> Conditions(Rule rule, Situation situation, JsonElement payload)
    {
        var verdicts = new List<ConditionVerdict>();
        if (rule.Conditions is not { } asked)
            return verdicts;
        if (asked.Time is { } window)
        {
            var local = LocalTime.In(situation.Settings.TimeZone, situation.Now);
            var days = window.Days is { Length: > 0 } ? " on " + string.Join(' ', window.Days) : "";
            verdicts.Add(
                new(
                    "time",
                    $"{window.From} to {window.To}{days}",
                    $"{local:HH:mm} {LocalTime.DayWord(local)}",
                    window.Contains(local)
                )
            );
        }
        if (asked.Room is { } room)
            verdicts.Add(Same("room", room, situation.Device.Room));
        if (asked.Zone is { } zone)
            verdicts.Add(Same("zone", zone, situation.Device.Zone));
        foreach (var condition in asked.Payload ?? [])
            verdicts.Add(condition.Judge(payload));
        return verdicts;
    }

    private static ConditionVerdict Same(string name, string expected, string? actual) =>
        new(name, expected, actual ?? "absent", string.Equals(expected, actual, StringComparison.OrdinalIgnoreCase));

    private static bool IsNoEdge(bool? edge, Situation situation, List<ConditionVerdict> conditions)
    {
        if (edge is not { } begins || (begins && situation.LastEdge != true))
            return false;
        conditions.Add(new("edge", "a beginning", begins ? "it goes on" : "an end", false));
        return true;
    }

    /// <summary>Beyond this a device's clock is wrong and not its news old.</summary>
    private static readonly TimeSpan ClockErrorMin = TimeSpan.FromDays(7);

    private static bool IsStale(Rule rule, Situation situation, List<ConditionVerdict> conditions)
    {
        var isUrgent = EventTypes.IsLifeSafety(situation.Event.EventType);
        var limit = rule.StaleSeconds ?? (isUrgent ? 3_600 : 900);
        var age = situation.Event.ReceivedAt - situation.Event.OccurredAt;
        if (limit == 0 || age <= TimeSpan.FromSeconds(limit) || age > ClockErrorMin)
            return false;
        conditions.Add(new("age", $"at most {limit} s", $"{age.TotalSeconds:0} s", false));
        return true;
    }

    private static bool IsCoolingDown(Rule rule, Situation situation, List<ConditionVerdict> conditions)
    {
        if (rule.CooldownSeconds == 0 || !situation.LastOpened.TryGetValue(rule.RuleId, out var last))
            return false;
        var until = last.AddSeconds(rule.CooldownSeconds);
        if (situation.Now >= until)
            return false;
        conditions.Add(new("cooldown", $"from {until:u}", $"{situation.Now:u}", false));
        return true;
    }

    private static bool IsQuiet(Situation situation, List<ConditionVerdict> conditions)
    {
        if (EventTypes.IsLifeSafety(situation.Event.EventType) || situation.Settings.QuietHours is not { } quiet)
            return false;
        var local = LocalTime.In(situation.Settings.TimeZone, situation.Now);
        if (!quiet.Contains(local))
            return false;
        conditions.Add(new("quiet_hours", $"outside {quiet.From} to {quiet.To}", $"{local:HH:mm}", false));
        return true;
    }
}

/// <summary>Everything a decision may look at.</summary>
/// <param name="Rules">Those that wait for this event type here, the highest priority first.</param>
/// <param name="LastEdge">What the device last said of this event type, when it has a beginning and an end.</param>
public sealed record Situation(
    DeviceEvent Event,
    DeviceRegistration Device,
    SubscriberSettings Settings,
    IReadOnlyList<Rule> Rules,
    IReadOnlyDictionary<RuleId, DateTimeOffset> LastOpened,
    bool? LastEdge,
    DialGate Gate,
    DateTimeOffset Now,
    Silence[]? Silences = null
)
{
    /// <summary>Only the owner is to hear of it. A device that belongs to nobody has nobody to test with.</summary>
    public bool IsTest => Settings.TestUntil > Now && Device.Msisdn is not null;
}
