using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Subscribers;

namespace IotOrleans.Rules;

/// <summary>
/// One rule and the events of a time, one after another, judged by the same function as when they came; what a device
/// remembers between two events is remembered here. Silences of the time are over and not known any more.
/// </summary>
internal sealed class RehearsalRun(Rule rule)
{
    private static readonly QuietHours Night = new("22:00", "07:00");

    // Emergency numbers are counted as the calls that they would be.
    private static readonly DialGate Open = new(EmergencyNumbersMayBeDialled: true);

    private readonly Dictionary<DeviceId, DateTimeOffset> _lastOpened = [];
    private readonly Dictionary<DeviceId, bool> _edges = [];
    private readonly Dictionary<(Msisdn, string), Happening> _happenings = [];
    private readonly SortedDictionary<string, int> _outcomes = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _targets = new(StringComparer.Ordinal);
    private int _calls;
    private int _callsMost;
    private int _atNight;

    public RehearsalCount Count =>
        new(_outcomes.GetValueOrDefault("matched"), _calls, _callsMost, _atNight, _outcomes, _targets);

    public Rehearsed Judge(PastEvent past)
    {
        var device = past.Device.DeviceId;
        var decision = Decision.Make(SituationOf(past));
        if (decision.Edge is { } edge)
            _edges[device] = edge;
        var outcome = decision.Explanation.Rules[0].Outcome;
        if (outcome == "matched")
            outcome = Together(past);
        _outcomes[outcome] = _outcomes.GetValueOrDefault(outcome) + 1;
        if (outcome != "matched")
            return new(outcome, null);
        _lastOpened[device] = past.Event.ReceivedAt;
        return new(outcome, Add(past, decision.Incidents[0].Actions));
    }

    private Situation SituationOf(PastEvent past)
    {
        var device = past.Device.DeviceId;
        var opened = new Dictionary<RuleId, DateTimeOffset>();
        if (_lastOpened.TryGetValue(device, out var last))
            opened[rule.RuleId] = last;
        return new(
            past.Event,
            past.Device,
            past.Settings with
            {
                TestUntil = null,
            },
            [rule],
            opened,
            _edges.TryGetValue(device, out var edge) ? edge : null,
            Open,
            past.Event.ReceivedAt
        );
    }

    /// <summary>Events of one happening act once; one that must be confirmed acts when it is, or would have.</summary>
    private string Together(PastEvent past)
    {
        if (past.Device.Msisdn is not { } number || (rule.CorrelateSeconds == 0 && rule.Corroboration is null))
            return "matched";
        var at = past.Event.ReceivedAt;
        var window = TimeSpan.FromSeconds(Math.Max(rule.CorrelateSeconds, rule.Corroboration?.WithinSeconds ?? 0));
        var key = (number, rule.Corroboration is null ? "" : Correlation.PlaceOf(past.Device));
        if (!_happenings.TryGetValue(key, out var known) || at >= known.Since + window)
        {
            _happenings[key] = new(at, [past.Device.DeviceId], 1);
            return rule.Corroboration is { Otherwise: Uncorroborated.Close } ? "not_corroborated" : "matched";
        }
        var next = known.With(past.Device.DeviceId);
        _happenings[key] = next;
        var isEnough = rule.Corroboration is { Otherwise: Uncorroborated.Close } needed && next.Reaches(needed, known);
        return isEnough ? "matched" : "correlated";
    }

    private int Add(PastEvent past, RuleAction[] actions)
    {
        var rounds = 1 + (rule.Escalation?.Repeats ?? 0);
        CallAction[] calls = [.. actions.OfType<CallAction>()];
        foreach (var target in calls.SelectMany(call => call.Targets.Distinct()))
            _targets[$"{target}"] = _targets.GetValueOrDefault($"{target}") + 1;
        // A ladder begins with its first step, and stops there when somebody is reached.
        var first = rule.Escalation is null ? calls : calls.Take(1);
        var placed = first.Sum(call => call.Mode == CallMode.All ? call.Targets.Distinct().Count() : 1);
        _calls += placed;
        _callsMost += rounds * calls.Sum(call => call.Targets.Distinct().Count() * call.Attempts);
        var local = LocalTime.In(past.Settings.TimeZone, past.Event.ReceivedAt);
        _atNight += (past.Settings.QuietHours ?? Night).Contains(local) ? 1 : 0;
        return placed;
    }

    private sealed record Happening(DateTimeOffset Since, HashSet<DeviceId> Devices, int Reports)
    {
        public Happening With(DeviceId device) => new(Since, [.. Devices, device], Reports + 1);

        /// <summary>Whether this report is the one that makes it certain.</summary>
        public bool Reaches(Corroboration needed, Happening before) =>
            Witnesses(needed) >= needed.Devices && before.Witnesses(needed) < needed.Devices;

        private int Witnesses(Corroboration needed) => needed.SameDevice ? Reports : Devices.Count;
    }
}

/// <summary>What a rule made of one event of the past.</summary>
/// <param name="Calls">Placed at once; null when it did not act.</param>
internal sealed record Rehearsed(string Outcome, int? Calls);
