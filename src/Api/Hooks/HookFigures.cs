using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Hooks;

/// <summary>What is counted of hubs, and what is said in the log when a message leads to nothing.</summary>
public sealed partial class HookFigures
{
    private readonly Counter<long> _messages;
    private readonly ILogger<HookFigures> _log;

    public HookFigures(IMeterFactory meters, ILogger<HookFigures> log)
    {
        _log = log;
        _messages = meters
            .Create("IotOrleans")
            .CreateCounter<long>("iot_hook_messages", description: "What hubs told, by vendor and outcome.");
    }

    public void Count(HookVendor? vendor, string outcome) =>
        _messages.Add(1, new("vendor", vendor?.ToString().ToLowerInvariant() ?? "unknown"), new("outcome", outcome));

    [LoggerMessage(LogLevel.Warning, "Hub {Hub}: a message was refused: {Reason}")]
    public partial void LogRefused(string hub, string reason);
}
