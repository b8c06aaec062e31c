using IotOrleans.Calls;
using IotOrleans.Subscribers;

namespace IotOrleans.Masks;

/// <summary>
/// A call to a shown number as others are told of it: who is behind the number is not in it, and of who called no more
/// than a log may show, for he may be behind a mask himself.
/// </summary>
/// <param name="From">Shortened; empty when it is withheld.</param>
public sealed record MaskedCallNotice(
    CallId CallId,
    string From,
    Msisdn Shown,
    MaskedCallStatus Status,
    DateTimeOffset StartedAt,
    DateTimeOffset? AnsweredAt,
    DateTimeOffset EndedAt,
    int DurationSeconds
)
{
    /// <summary>The last digits of a number; nothing of what is none.</summary>
    public static string Shorten(string from) => Msisdn.TryParse(from, null, out var number) ? number.Masked : "";
}
