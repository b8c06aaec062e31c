using IotOrleans.Subscribers;

namespace IotOrleans.Masks;

/// <summary>The log of masked calls that a SIP server joined by itself and tells us of afterwards.</summary>
public interface IMaskedCallLog
{
    /// <returns>AlreadyDone: this call stands in the log.</returns>
    /// <exception cref="Events.JournalUnavailableException">Not written; tell it again.</exception>
    Task<Refusal> Write(MaskedCallReport report, CancellationToken cancellation);
}

/// <summary>A masked call that is over.</summary>
/// <param name="SipCallId">Names the call: told twice, it is one.</param>
/// <param name="From">Empty when it is withheld.</param>
/// <param name="Cause">In the words of <c>HangupCauses</c>, or UNMAPPED: nobody was behind the number.</param>
/// <param name="AnsweredAt">Null when nobody answered.</param>
public sealed record MaskedCallReport(
    string SipCallId,
    string From,
    Msisdn Shown,
    string Cause,
    DateTimeOffset StartedAt,
    DateTimeOffset? AnsweredAt,
    DateTimeOffset EndedAt
);
