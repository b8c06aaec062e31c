namespace IotOrleans.Rules;

/// <summary>Actions in the words of the contract, for explanations and attempts.</summary>
public static class ActionWords
{
    public static string Name(this RuleAction action) =>
        action switch
        {
            CallAction => "call",
            SendSmsAction => "send_sms",
            NotifyDeviceAction => "notify_device",
            CommandDeviceAction => "command_device",
            BridgeAction => "bridge",
            WebhookAction => "webhook",
            _ => throw new ArgumentOutOfRangeException(nameof(action), action, "Not an action of the contract."),
        };

    public static string Describe(RuleAction action) =>
        action switch
        {
            CallAction call => $"call {string.Join(", ", call.Targets)} ({Mode(call.Mode)})",
            SendSmsAction sms => $"send_sms {string.Join(", ", sms.Targets)}",
            NotifyDeviceAction { DeviceId: { } device } => $"notify_device {device}",
            NotifyDeviceAction => "notify_device all_of_subscriber",
            CommandDeviceAction command => $"command_device {command.DeviceId} {command.Command}",
            BridgeAction bridge => $"bridge {bridge.DeviceId} to {string.Join(", ", bridge.Targets)}",
            WebhookAction webhook => $"webhook {webhook.Url}",
            _ => action.Name(),
        };

    private static string Mode(CallMode mode) =>
        mode switch
        {
            CallMode.UntilAnswered => "until answered",
            CallMode.UntilAcknowledged => "until acknowledged",
            _ => "all",
        };
}
