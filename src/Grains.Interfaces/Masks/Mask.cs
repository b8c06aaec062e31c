using IotOrleans.Access;
using IotOrleans.Subscribers;

namespace IotOrleans.Masks;

/// <summary>
/// A real number behind a shown one. Of a shown one there is one mask at a time, of a real one one with each customer.
/// </summary>
/// <param name="RestsUntil">Set when it has ended: until then the shown number is given to nobody else.</param>
/// <param name="CallsMax">1 to 1,000,000 calls through it; unlimited when absent.</param>
/// <param name="Blocked">Callers who do not get through.</param>
/// <param name="CustomerId">Whose it is; the house's own when absent.</param>
/// <param name="UpdatedAt">Moves with every change of the row, a counted call too.</param>
public sealed record Mask(
    long MaskId,
    Msisdn Real,
    Msisdn Shown,
    string? Pool,
    string? Note,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? EndedAt,
    string? EndReason,
    DateTimeOffset? RestsUntil,
    int? CallsMax,
    int CallsUsed,
    Msisdn[]? Blocked,
    CustomerId? CustomerId,
    DateTimeOffset UpdatedAt
)
{
    public const int BlockedMax = 1_000;
}

/// <summary>A mask to be made. Without a shown number one is taken from the pool.</summary>
public sealed record MaskDraft(
    Msisdn Real,
    Msisdn? Shown,
    string? Pool,
    string? Note,
    DateTimeOffset? ExpiresAt,
    int? CallsMax,
    Msisdn[]? Blocked
);

/// <summary>What may be changed of a mask; null leaves it.</summary>
public sealed record MaskChange(
    string? Note = null,
    DateTimeOffset? ExpiresAt = null,
    int? CallsMax = null,
    Msisdn[]? Blocked = null
);

/// <summary>A range of numbers that may be shown; both ends belong to it.</summary>
/// <param name="CustomerId">Whose it is; the house's own when absent.</param>
public sealed record MaskPool(string Name, Msisdn From, Msisdn To, long Size, long Free, CustomerId? CustomerId);

/// <summary>A pool to be made.</summary>
public sealed record PoolDraft(string Name, Msisdn From, Msisdn To, CustomerId? CustomerId = null);

/// <summary>Two people who reach each other through one shown number; everybody else is refused there.</summary>
public sealed record MaskSession(
    long SessionId,
    Msisdn A,
    Msisdn B,
    Msisdn Shown,
    string? Pool,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? EndedAt,
    string? EndReason,
    int? CallsMax,
    int CallsUsed,
    CustomerId? CustomerId,
    DateTimeOffset UpdatedAt
);

/// <summary>Two numbers to be joined behind one of a pool.</summary>
public sealed record SessionDraft(
    Msisdn A,
    Msisdn B,
    Msisdn? Shown,
    string? Pool,
    DateTimeOffset? ExpiresAt,
    int? CallsMax
);

/// <summary>Figures for operators.</summary>
/// <param name="AnswerSeconds">Mean time from arrival to answer of today's masked calls.</param>
/// <param name="Days">The last days in UTC, the oldest first, today included.</param>
/// <param name="Busiest">The shown numbers with the most calls in these days.</param>
public sealed record MaskFigures(
    long Active,
    long Sessions,
    long CallsToday,
    long AnsweredToday,
    double? AnswerSeconds,
    MaskOutcomes Today,
    MaskDay[] Days,
    BusyMask[] Busiest
)
{
    public const int DaysMax = 14;
    public const int BusiestMax = 5;
}

/// <summary>Masked calls that began on one day.</summary>
public sealed record MaskDay(DateOnly Day, long Calls, long Answered, int LongestSeconds);

public sealed record BusyMask(Msisdn Shown, long Calls);

/// <summary>How today's masked calls ended.</summary>
/// <param name="ForwardedShare">Answered ones of those that somebody was behind, 0 to 1; null without any.</param>
public sealed record MaskOutcomes(
    long Answered,
    long Busy,
    long NoAnswer,
    long Failed,
    long Unmapped,
    double? ForwardedShare
)
{
    public static MaskOutcomes Of(Func<MaskedCallStatus, long> count)
    {
        var (answered, unmapped) = (count(MaskedCallStatus.Answered), count(MaskedCallStatus.Unmapped));
        var (busy, noAnswer) = (count(MaskedCallStatus.Busy), count(MaskedCallStatus.NoAnswer));
        var failed = count(MaskedCallStatus.Failed);
        var forwarded = answered + busy + noAnswer + failed;
        return new(answered, busy, noAnswer, failed, unmapped, forwarded > 0 ? (double)answered / forwarded : null);
    }
}

/// <summary>A call through a shown number.</summary>
/// <param name="Real">Who was behind it when the call began; null when nobody was.</param>
public sealed record MaskedCall(
    Calls.CallId CallId,
    string From,
    Msisdn Shown,
    Msisdn? Real,
    MaskedCallStatus Status,
    string HangupCause,
    DateTimeOffset StartedAt,
    DateTimeOffset? AnsweredAt,
    DateTimeOffset EndedAt,
    int DurationSeconds
);

/// <summary>What came of an expected "no".</summary>
/// <param name="Pending">Processes that may answer the old for a moment, although they were waited for.</param>
public readonly record struct MaskAnswer<T>(Refusal Refusal, T? Value, string? Detail = null, int Pending = 0);
