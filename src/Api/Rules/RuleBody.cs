namespace IotOrleans.Rules;

/// <summary>A rule as its author sends it; without an id one is made.</summary>
public sealed record RuleBody(
    string Name,
    string EventType,
    RuleScope Scope,
    RuleAction[] Actions,
    RuleId? RuleId = null,
    RuleConditions? Conditions = null,
    int Priority = 0,
    bool Enabled = true,
    int CooldownSeconds = 0,
    Escalation? Escalation = null,
    int HoldSeconds = 0,
    int CorrelateSeconds = 0,
    int? StaleSeconds = null,
    Corroboration? Corroboration = null
)
{
    public Rule ToRule(RuleId id) =>
        new(id, Name, EventType, Scope, Actions, Conditions, Priority, Enabled, CooldownSeconds)
        {
            Escalation = Escalation,
            HoldSeconds = HoldSeconds,
            CorrelateSeconds = CorrelateSeconds,
            StaleSeconds = StaleSeconds,
            Corroboration = Corroboration,
        };
}
