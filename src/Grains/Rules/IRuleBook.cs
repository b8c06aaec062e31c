using IotOrleans.Devices;

namespace IotOrleans.Rules;

/// <summary>
/// The rules about whole device types, in memory in every silo: they are few, and copying them into a million devices
/// would wake them all. Refreshed by the database's notification and after each change of our own.
/// </summary>
public interface IRuleBook
{
    /// <summary>The enabled and disabled rules that wait for this event on this type, highest priority first.</summary>
    Rule[] For(DeviceType type, string eventType);

    Task Refresh();
}
