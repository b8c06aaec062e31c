using IotOrleans.Access;
using IotOrleans.Subscribers;

namespace IotOrleans.Masks;

/// <summary>A mask as this caller may see it: an auditor sees no more of a real number than its last digits.</summary>
public sealed record SeenMask(
    long MaskId,
    string Real,
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
    public static bool IsOpenTo(Caller caller) => caller.Role is Role.Admin or Role.Operator;

    public static SeenMask Of(Mask mask, Caller caller) =>
        new(
            mask.MaskId,
            IsOpenTo(caller) ? mask.Real.ToString() : mask.Real.Masked,
            mask.Shown,
            mask.Pool,
            mask.Note,
            mask.CreatedAt,
            mask.ExpiresAt,
            mask.EndedAt,
            mask.EndReason,
            mask.RestsUntil,
            mask.CallsMax,
            mask.CallsUsed,
            IsOpenTo(caller) ? mask.Blocked : null,
            mask.CustomerId,
            mask.UpdatedAt
        );
}
