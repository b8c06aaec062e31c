using System.Globalization;
using IotOrleans.Rules;

namespace IotOrleans.Subscribers;

/// <summary>The clock on the wall of a subscriber's home.</summary>
public static class LocalTime
{
    private static readonly string[] DayWords = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    public static bool TryReadTime(string? text, out TimeOnly time) =>
        TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out time);

    public static bool IsDay(string? text) => Array.IndexOf(DayWords, text) >= 0;

    /// <summary>The wall clock in an IANA zone; a zone that has vanished from the machine counts as UTC.</summary>
    public static DateTime In(string? zone, DateTimeOffset now) =>
        zone is not null && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found)
            ? TimeZoneInfo.ConvertTime(now, found).DateTime
            : now.UtcDateTime;

    public static bool Contains(this QuietHours quiet, DateTime local) =>
        IsWithin(quiet.From, quiet.To, TimeOnly.FromDateTime(local), out _);

    public static bool Contains(this TimeWindow window, DateTime local)
    {
        if (!IsWithin(window.From, window.To, TimeOnly.FromDateTime(local), out var afterMidnight))
            return false;
        // The hours after midnight belong to the evening on which the window began.
        var day = (afterMidnight ? local.AddDays(-1) : local).DayOfWeek;
        return window.Days is not { Length: > 0 } days || Array.IndexOf(days, DayWords[(int)day]) >= 0;
    }

    public static string DayWord(DateTime local) => DayWords[(int)local.DayOfWeek];

    private static bool IsWithin(string from, string to, TimeOnly now, out bool afterMidnight)
    {
        afterMidnight = false;
        if (!TryReadTime(from, out var start) || !TryReadTime(to, out var end))
            return false;
        if (start == end)
            return true;
        if (start < end)
            return now >= start && now < end;
        afterMidnight = now < end;
        return now >= start || afterMidnight;
    }
}
