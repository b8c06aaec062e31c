using IotOrleans.Events;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Incidents;

/// <summary>
/// The actions of a rule as one incident carries them out: with the people that the subscriber names.
/// </summary>
internal static class ActionPlan
{
    private const string TestMark = "This is a test alarm. ";

    public static RuleAction[] Of(Rule rule, Situation situation)
    {
        RuleAction[] actions = [.. rule.Actions.Select(action => WithContacts(action, situation.Settings))];
        if (rule.Escalation is not null)
            actions = [.. actions.Select(WithKey)];
        return situation.IsTest ? Test(actions, situation.Device.Msisdn!.Value) : actions;
    }

    private static RuleAction WithContacts(RuleAction action, SubscriberSettings settings) =>
        action switch
        {
            CallAction { EmergencyContacts: true } call => call with { Targets = With(call.Targets, settings) },
            SendSmsAction { EmergencyContacts: true } sms => sms with { Targets = With(sms.Targets, settings) },
            _ => action,
        };

    private static Msisdn[] With(Msisdn[] targets, SubscriberSettings settings) =>
        [.. targets.Union((settings.EmergencyContacts ?? []).Select(contact => contact.Msisdn))];

    // Nobody can acknowledge on a line that does not ask.
    private static RuleAction WithKey(RuleAction action) =>
        action is CallAction call ? call with { Ack = AckKind.Dtmf } : action;

    /// <summary>Only the owner hears of a test, and everything says that it is one.</summary>
    private static RuleAction[] Test(RuleAction[] actions, Msisdn owner)
    {
        var kept = new List<RuleAction>();
        foreach (var action in actions)
        {
            if (action is CallAction call)
                kept.Add(call with { Targets = [owner], Message = Marked(call.Message) });
            else if (action is SendSmsAction sms)
                kept.Add(sms with { Targets = [owner], Text = TestMark + sms.Text });
            else if (action is NotifyDeviceAction notify)
                kept.Add(notify with { Text = TestMark + notify.Text });
        }
        return kept.Count > 0 ? [.. kept] : [new NotifyDeviceAction(TestMark, AllOfSubscriber: true)];
    }

    private static SpokenMessage Marked(SpokenMessage? message) =>
        message is { Text: { } text } ? message with { Text = TestMark + text }
        : message is { File: not null } ? new(TestMark, Language: message.Language)
        : new(TestMark + "{event_type} at {device}.", Language: "en");
}
