using IotOrleans.Devices;

namespace IotOrleans.Events;

/// <summary>What would have made an event act, in words for people: from what each rule made of it.</summary>
public static class WhyNot
{
    /// <summary>Empty when every rule that looked at the event acted.</summary>
    public static string[] Of(EventLog log, Explanation explanation, DeviceRegistration? device) =>
        explanation.Rules.Length == 0 ? [NoRule(log, device)] : [.. explanation.Rules.Select(Of).OfType<string>()];

    /// <summary>Null when this rule acted.</summary>
    public static string? Of(RuleVerdict verdict)
    {
        var rule = $"{verdict.Name} ({verdict.RuleId})";
        return verdict.Outcome switch
        {
            "matched" or "correlated" => null,
            "disabled" => $"{rule}: enable it",
            "condition" => $"{rule}: {string.Join("; ", Failed(verdict).Select(Condition))}",
            "cooldown" => $"{rule}: an event {Expected(verdict, "cooldown")}, when it has cooled down",
            "quiet_hours" => $"{rule}: an event {Expected(verdict, "quiet_hours")}, or one of life-safety",
            "silenced" => $"{rule}: the end of the silence {Actual(verdict, "silence")}",
            "no_edge" => $"{rule}: {Expected(verdict, "edge")} of the state; this was: {Actual(verdict, "edge")}",
            "stale" => $"{rule}: news that is {Expected(verdict, "age")} old; this was {Actual(verdict, "age")} old",
            var mark => $"{rule}: the same without the mark '{mark}', which says that it is not real",
        };
    }

    private static IEnumerable<ConditionVerdict> Failed(RuleVerdict verdict) =>
        verdict.Conditions.Where(condition => !condition.Passed);

    private static string Condition(ConditionVerdict failed) =>
        failed.Condition == "payload"
            ? $"{failed.Expected} (it was {failed.Actual})"
            : $"{failed.Condition} {failed.Expected} (it was {failed.Actual})";

    private static string Expected(RuleVerdict verdict, string condition) =>
        Failed(verdict).FirstOrDefault(failed => failed.Condition == condition)?.Expected ?? condition;

    private static string Actual(RuleVerdict verdict, string condition) =>
        Failed(verdict).FirstOrDefault(failed => failed.Condition == condition)?.Actual ?? condition;

    private static string NoRule(EventLog log, DeviceRegistration? device)
    {
        var scopes = new List<string> { $"device_id {log.DeviceId}" };
        if (device?.Msisdn is { } number)
            scopes.Add($"msisdn {number}");
        if (device is not null)
            scopes.Add($"device_type {System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName($"{device.Type}")}");
        return $"a rule for {log.EventType} with the scope {string.Join(" or ", scopes)}";
    }
}
