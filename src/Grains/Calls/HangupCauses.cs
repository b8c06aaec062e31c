using System.Text.RegularExpressions;

namespace IotOrleans.Calls;

/// <summary>Hangup causes in FreeSWITCH's words (ITU-T Q.850), and a few of our own.</summary>
public static partial class HangupCauses
{
    public const string NormalClearing = "NORMAL_CLEARING";
    public const string UserBusy = "USER_BUSY";
    public const string NoAnswer = "NO_ANSWER";
    public const string Rejected = "CALL_REJECTED";
    public const string LoseRace = "LOSE_RACE";

    /// <summary>Calls to this number are not allowed.</summary>
    public const string Barred = "OUTGOING_CALL_BARRED";

    public const string OriginatorCancel = "ORIGINATOR_CANCEL";

    /// <summary>It rang, or its message held the line, longer than was meant.</summary>
    public const string AllottedTimeout = "ALLOTTED_TIMEOUT";

    /// <summary>Ours: the leg ended while nobody was listening, so what became of it is unknown.</summary>
    public const string Lost = "LOST";

    /// <summary>Ours: the switch could not be told before the order was too old to be worth anything.</summary>
    public const string OrderExpired = "ORDER_EXPIRED";

    /// <summary>The cause as an outcome of an attempt: "user_busy"; one that nobody knows is "unknown".</summary>
    public static string Word(string? cause) => cause is null or Lost ? "unknown" : cause.ToLowerInvariant();

    public static bool IsCause(string? text) => text is not null && Shape().IsMatch(text);

    [GeneratedRegex("^[A-Z][A-Z0-9_]{1,63}$")]
    private static partial Regex Shape();
}
