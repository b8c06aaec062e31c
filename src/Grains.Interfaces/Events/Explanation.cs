using IotOrleans.Incidents;
using IotOrleans.Rules;

namespace IotOrleans.Events;

/// <summary>
/// Why an event did, or did not, lead to calls: every rule looked at, every condition with what it met.
/// </summary>
/// <param name="Note">A reason that concerns the event as a whole, such as "no rule waits for this event type".</param>
[GenerateSerializer, Immutable, Alias("iot.explanation")]
public sealed record Explanation(RuleVerdict[] Rules, string? Note = null)
{
    public static Explanation Nothing { get; } = new([], "no rule waits for this event type");
}

/// <summary>What one rule made of one event.</summary>
/// <param name="Outcome">
/// One of the words "matched", "correlated", "disabled", "condition", "cooldown", "quiet_hours", "silenced", "no_edge",
/// "stale", or the mark of a payload that is not real: "test", "muted", "fault", "retained", "siren".
/// </param>
/// <param name="Actions">What it does, or would do, in order.</param>
[GenerateSerializer, Immutable, Alias("iot.rule-verdict")]
public sealed record RuleVerdict(
    RuleId RuleId,
    string Name,
    bool Matched,
    string Outcome,
    ConditionVerdict[] Conditions,
    string[] Actions,
    IncidentId? IncidentId = null
);

/// <summary>One condition: what it asked for and what it met.</summary>
[GenerateSerializer, Immutable, Alias("iot.condition-verdict")]
public sealed record ConditionVerdict(string Condition, string Expected, string Actual, bool Passed);
