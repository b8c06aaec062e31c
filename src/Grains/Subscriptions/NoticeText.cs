using System.Globalization;
using IotOrleans.Masks;
using IotOrleans.Subscribers;

namespace IotOrleans.Subscriptions;

/// <summary>Section "Notices".</summary>
public sealed class NoticeOptions
{
    /// <summary>The IANA zone whose time people are told.</summary>
    public string TimeZone { get; set; } = "UTC";
}

/// <summary>A masked call in words. The first line stands for the whole, as the subject of a mail does.</summary>
internal static class NoticeText
{
    public static string Of(MaskedCallNotice call, string zone) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            {Head(call)}
            {Outcome(call)}, from {(call.From.Length > 0 ? call.From : "a withheld number")}
            {LocalTime.In(zone, call.StartedAt):yyyy-MM-dd HH:mm:ss} {zone}
            """
        );

    private static string Head(MaskedCallNotice call) =>
        call.Status.IsMissed ? $"Missed call on {call.Shown}" : $"Call on {call.Shown}";

    private static string Outcome(MaskedCallNotice call) =>
        call.Status switch
        {
            MaskedCallStatus.Answered => $"Answered, {call.DurationSeconds} seconds in all",
            MaskedCallStatus.NoAnswer => "No answer",
            MaskedCallStatus.Busy => "Busy",
            MaskedCallStatus.Unmapped => "Nobody is behind the number",
            _ => "It did not get through",
        };
}
