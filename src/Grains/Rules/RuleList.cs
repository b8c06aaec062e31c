namespace IotOrleans.Rules;

/// <summary>The rules that one owner holds. Null means that nothing changes.</summary>
public static class RuleList
{
    public static Rule[]? With(Rule[] rules, Rule rule)
    {
        var held = Array.Find(rules, other => other.RuleId == rule.RuleId);
        if (held is not null && held.Version >= rule.Version)
            return null;
        return [.. rules.Where(other => other.RuleId != rule.RuleId), rule];
    }

    public static Rule[]? Without(Rule[] rules, RuleId rule) =>
        Array.Exists(rules, other => other.RuleId == rule) ? [.. rules.Where(other => other.RuleId != rule)] : null;

    /// <summary>
    /// Every rule that waits for the event once, the highest priority first, then by name so that the order is stable.
    /// </summary>
    public static Rule[] For(string eventType, params ReadOnlySpan<Rule[]> sources)
    {
        var found = new List<Rule>();
        HashSet<RuleId>? seen = null;
        foreach (var source in sources)
        {
            foreach (var rule in source)
            {
                if (rule.EventType != eventType)
                    continue;
                // One rule alone, the usual case, is not compared with anything.
                if (found.Count > 0 && !(seen ??= [found[0].RuleId]).Add(rule.RuleId))
                    continue;
                found.Add(rule);
            }
        }
        if (found.Count > 1)
            found.Sort(static (left, right) => Order(left, right));
        return [.. found];
    }

    private static int Order(Rule left, Rule right) =>
        left.Priority != right.Priority
            ? right.Priority.CompareTo(left.Priority)
            : string.CompareOrdinal(left.RuleId.Value, right.RuleId.Value);
}
