using System.Collections.Frozen;
using IotOrleans.Calls;

namespace IotOrleans.Incidents;

/// <summary>
/// When the same person is tried again, by why the last try failed. Causes in FreeSWITCH's words (ITU-T Q.850).
/// </summary>
internal static class NextTry
{
    /// <summary>Who pressed "decline" has seen the call: ringing at once would only be declined again.</summary>
    public static readonly TimeSpan AfterDecline = TimeSpan.FromMinutes(2);

    /// <summary>The network's trouble is nobody's wish, and often over at once.</summary>
    private static readonly TimeSpan AfterTroubleMax = TimeSpan.FromSeconds(5);

    private static readonly FrozenSet<string> Never = new[]
    {
        "UNALLOCATED_NUMBER",
        "INVALID_NUMBER_FORMAT",
        "NO_ROUTE_DESTINATION",
        "NUMBER_CHANGED",
        "INVALID_PROFILE",
        "CHAN_NOT_IMPLEMENTED",
        "FACILITY_REJECTED",
        "INCOMING_CALL_BARRED",
        HangupCauses.OriginatorCancel,
        HangupCauses.Barred,
    }.ToFrozenSet();

    private static readonly FrozenSet<string> Trouble = new[]
    {
        "NORMAL_TEMPORARY_FAILURE",
        "SWITCH_CONGESTION",
        "NORMAL_CIRCUIT_CONGESTION",
        "NETWORK_OUT_OF_ORDER",
        "REQUESTED_CHAN_UNAVAIL",
        "SERVICE_UNAVAILABLE",
        "GATEWAY_DOWN",
        "RECOVERY_ON_TIMER_EXPIRE",
        "EXCHANGE_ROUTING_ERROR",
        "SYSTEM_SHUTDOWN",
        HangupCauses.OrderExpired,
    }.ToFrozenSet();

    /// <summary>How long to wait; null when this number is not worth another try.</summary>
    /// <param name="retrySeconds">What the rule asks for after a busy line or nobody at home.</param>
    public static TimeSpan? After(string? cause, int retrySeconds)
    {
        var asked = TimeSpan.FromSeconds(retrySeconds);
        return cause switch
        {
            null => asked,
            HangupCauses.Rejected => Max(asked, AfterDecline),
            _ when Never.Contains(cause) => null,
            _ when Trouble.Contains(cause) => Min(asked, AfterTroubleMax),
            _ => asked,
        };
    }

    public static bool IsDeclined(string outcome) => outcome == HangupCauses.Word(HangupCauses.Rejected);

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
