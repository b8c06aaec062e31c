using IotOrleans.Access;
using IotOrleans.Calls;
using IotOrleans.Subscribers;

namespace IotOrleans.Masks;

/// <summary>
/// A masked call as this caller may see it: an auditor sees no more than the last digits of who called and of who was
/// called, for either may be hidden behind a mask. Nor does anybody of a customer see more of who called: he may be
/// behind a mask of another.
/// </summary>
/// <param name="Real">Absent when nobody was behind the number.</param>
public sealed record SeenCall(
    CallId CallId,
    string From,
    Msisdn Shown,
    string? Real,
    MaskedCallStatus Status,
    string HangupCause,
    DateTimeOffset StartedAt,
    DateTimeOffset? AnsweredAt,
    DateTimeOffset EndedAt,
    int DurationSeconds
)
{
    public static SeenCall Of(MaskedCall call, Caller caller)
    {
        var isOpen = SeenMask.IsOpenTo(caller);
        return new(
            call.CallId,
            (isOpen && caller.Customer is null) || !Msisdn.TryParse(call.From, null, out var from)
                ? call.From
                : from.Masked,
            call.Shown,
            isOpen ? call.Real?.ToString() : call.Real?.Masked,
            call.Status,
            call.HangupCause,
            call.StartedAt,
            call.AnsweredAt,
            call.EndedAt,
            call.DurationSeconds
        );
    }
}
