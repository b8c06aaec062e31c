using IotOrleans.Postings;
using IotOrleans.Subscriptions;

namespace IotOrleans.Actions;

/// <summary>Who has ended a subscription is told no more by it, also of what waited.</summary>
public sealed class WantedOnly(INoticeWay way, ISubscriptionStore store) : INoticeWay
{
    public PostingKind Kind => way.Kind;

    public TimeSpan Patience => way.Patience;

    public async Task<Delivery> Tell(Notice notice, CancellationToken cancellation) =>
        notice.SubscriptionId is { } id && await store.Find(id, cancellation) is null
            ? new(false, Detail: "the subscription is gone")
            : await way.Tell(notice, cancellation);
}
