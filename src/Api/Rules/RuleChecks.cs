using IotOrleans.Events;
using IotOrleans.Http;
using IotOrleans.Subscribers;

namespace IotOrleans.Rules;

/// <summary>What a rule must be beyond its types.</summary>
public static class RuleChecks
{
    private const int TextMax = 1_000;
    private const int PayloadConditionsMax = 16;

    public static IResult? Problem(Rule rule)
    {
        var errors = new FieldErrors();
        errors.Line(rule.Name, "name", 128);
        errors.Unless(EventTypes.IsWord(rule.EventType), "event_type", "must be one lower-case word");
        errors.Range(rule.Priority, 0, 1000, "priority");
        errors.Range(rule.CooldownSeconds, 0, 86_400, "cooldown_seconds");
        errors.Range(rule.HoldSeconds, 0, 120, "hold_seconds");
        errors.Range(rule.CorrelateSeconds, 0, 3_600, "correlate_seconds");
        errors.Range(rule.StaleSeconds ?? 0, 0, 86_400, "stale_seconds");
        if (rule.Corroboration is { } corroboration)
            Check(corroboration, rule.EventType, errors);
        if (rule.Escalation is { } escalation)
        {
            errors.Range(escalation.WaitSeconds, 5, 3_600, "escalation.wait_seconds");
            errors.Range(escalation.Repeats, 0, 10, "escalation.repeats");
        }
        var scopes = new[]
        {
            rule.Scope.DeviceId is not null,
            rule.Scope.Msisdn is not null,
            rule.Scope.DeviceType is not null,
        };
        errors.Unless(
            scopes.Count(given => given) == 1,
            "scope",
            "must have exactly one of device_id, msisdn, device_type"
        );
        if (rule.Conditions is { } conditions)
            Check(conditions, errors);
        errors.Unless(
            rule.Actions.Length is > 0 and <= Rule.ActionsMax,
            "actions",
            $"must have 1 to {Rule.ActionsMax} actions"
        );
        for (var index = 0; index < Math.Min(rule.Actions.Length, Rule.ActionsMax); index++)
            Check(rule.Actions[index], $"actions[{index}]", errors);
        return errors.Any ? Problems.Validation(errors) : null;
    }

    private static void Check(Corroboration corroboration, string eventType, FieldErrors errors)
    {
        errors.Range(corroboration.Devices, 2, 10, "corroboration.devices");
        errors.Range(corroboration.WithinSeconds, 5, 600, "corroboration.within_seconds");
        errors.Unless(
            corroboration.Otherwise == Uncorroborated.Proceed || EventTypes.MayNeedASecond(eventType),
            "corroboration.otherwise",
            $"must be proceed for {eventType}: one report may be all that anybody hears"
        );
    }

    private static void Check(RuleConditions conditions, FieldErrors errors)
    {
        if (conditions.Time is { } time)
        {
            SubscriberChecks.Time(time.From, "conditions.time.from", errors);
            SubscriberChecks.Time(time.To, "conditions.time.to", errors);
            var days = time.Days ?? [];
            for (var day = 0; day < days.Length; day++)
                errors.Unless(LocalTime.IsDay(days[day]), $"conditions.time.days[{day}]", "must be mon to sun");
        }
        errors.Line(conditions.Room, "conditions.room", 64);
        errors.Line(conditions.Zone, "conditions.zone", 64);
        var payload = conditions.Payload ?? [];
        errors.Unless(
            payload.Length <= PayloadConditionsMax,
            "conditions.payload",
            $"has more than {PayloadConditionsMax} conditions"
        );
        for (var index = 0; index < Math.Min(payload.Length, PayloadConditionsMax); index++)
        {
            var where = $"conditions.payload[{index}]";
            errors.Line(payload[index].Path, where + ".path", 256);
            errors.Unless(
                payload[index].Value is not null || payload[index].Op == PayloadOp.Exists,
                where + ".value",
                "is required"
            );
        }
    }

    private static void Check(RuleAction action, string where, FieldErrors errors)
    {
        switch (action)
        {
            case CallAction call:
                Targets(call.Targets, where, errors, call.EmergencyContacts);
                errors.Range(call.RingSeconds, 5, 120, where + ".ring_seconds");
                errors.Range(call.Attempts, 1, 10, where + ".attempts");
                errors.Range(call.RetrySeconds, 0, 3_600, where + ".retry_seconds");
                Check(call.Message, where + ".message", errors);
                break;
            case SendSmsAction sms:
                Targets(sms.Targets, where, errors, sms.EmergencyContacts);
                Text(sms.Text, where, errors);
                break;
            case NotifyDeviceAction notify:
                Text(notify.Text, where, errors);
                errors.Unless(
                    notify.DeviceId is not null != notify.AllOfSubscriber,
                    where,
                    "must have either device_id or all_of_subscriber"
                );
                break;
            case CommandDeviceAction command:
                errors.Unless(Names.IsName(command.Command), where + ".command", "is not a name");
                break;
            case BridgeAction bridge:
                Targets(bridge.Targets, where, errors);
                errors.Range(bridge.RingSeconds, 5, 120, where + ".ring_seconds");
                break;
            case WebhookAction webhook:
                var isWeb =
                    Uri.TryCreate(webhook.Url, UriKind.Absolute, out var url) && url.Scheme is "http" or "https";
                errors.Unless(isWeb && webhook.Url.Length <= 2048, where + ".url", "must be an http or https address");
                break;
        }
    }

    internal static void Check(SpokenMessage? message, string where, FieldErrors errors)
    {
        if (message is null)
            return;
        errors.Unless(message.Text is not null != message.File is not null, where, "must have either text or file");
        errors.Line(message.Text, where + ".text", TextMax);
        errors.Line(message.File, where + ".file", 256);
        errors.Line(message.Language, where + ".language", 16);
    }

    private static void Targets(Msisdn[] targets, string where, FieldErrors errors, bool mayBeEmpty = false) =>
        errors.Unless(
            (mayBeEmpty || targets.Length > 0) && targets.Length <= Rule.TargetsMax,
            where + ".targets",
            $"must have 1 to {Rule.TargetsMax} numbers"
        );

    private static void Text(string text, string where, FieldErrors errors) =>
        errors.Unless(
            text.Length is > 0 and <= TextMax && !text.Any(c => char.IsControl(c) && c != '\n'),
            where + ".text",
            $"must be 1 to {TextMax} characters without control characters"
        );
}
