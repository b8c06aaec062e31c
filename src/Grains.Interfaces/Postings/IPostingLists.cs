using IotOrleans.Subscribers;

namespace IotOrleans.Postings;

/// <summary>Postings as screens read them.</summary>
public interface IPostingLists
{
    Task<Page<Posting>> List(PostingFilter filter, PageRequest page, CancellationToken cancellation);
}

/// <param name="Sms">Only SMS, or only what is none; null for all.</param>
/// <param name="Failed">Only those that came to nothing.</param>
public sealed record PostingFilter(
    bool? Sms = null,
    Msisdn? Number = null,
    bool Failed = false,
    Msisdn[]? Subscribers = null
);
