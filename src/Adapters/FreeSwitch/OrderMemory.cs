using System.Globalization;

namespace IotOrleans.FreeSwitch;

/// <summary>
/// What the switch itself remembers of our orders, in a hash table of its own. A note is written before each order and
/// again after it, in the same write: so a note of the second kind proves that the switch had the order between them,
/// even when we did not live to hear the answer.
/// </summary>
internal static class OrderMemory
{
    private const string Table = "iot_orders";
    private const string TakenMark = "-taken";

    private static readonly TimeSpan ClocksApart = TimeSpan.FromSeconds(1);

    public static EslCommand Announce(Guid leg, DateTimeOffset now) => Insert(leg, now, "");

    public static EslCommand Confirm(Guid leg, DateTimeOffset now) => Insert(leg, now, TakenMark);

    public static EslCommand Recall(Guid leg) => EslCommand.Api($"hash select/{Table}/{leg}");

    public static EslCommand Forget(Guid leg) => EslCommand.Api($"hash delete/{Table}/{leg}");

    /// <summary>How long the switch has been up, in seconds; what it forgot by restarting proves nothing.</summary>
    public static EslCommand Uptime() => EslCommand.Api("uptime s");

    /// <returns>
    /// True: the switch had the order. False: it never had. Null: it cannot tell, for it has no such table, was
    /// restarted since, or the line broke between the note and the order.
    /// </returns>
    public static bool? Judge(EslReply note, EslReply uptime, DateTimeOffset orderedAt, DateTimeOffset now)
    {
        if (note.IsUnknownCommand)
            return null;
        if (!note.IsEmpty)
            return note.Text.EndsWith(TakenMark, StringComparison.Ordinal) ? true : null;
        var isNumber = long.TryParse(uptime.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds);
        // The switch counts whole seconds, rounded down, so it began no later than this; clocks may differ by a second.
        // An order out of the future was made before the clock was set back, and nobody knows how long ago.
        return isNumber && now - TimeSpan.FromSeconds(seconds) + ClocksApart <= orderedAt && orderedAt <= now
            ? false
            : null;
    }

    private static EslCommand Insert(Guid leg, DateTimeOffset now, string mark) =>
        EslCommand.Api($"hash insert/{Table}/{leg}/{now.ToUnixTimeSeconds()}{mark}");
}
