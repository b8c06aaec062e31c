namespace IotOrleans.Subscriptions;

/// <summary>The durable subscriptions. Their secrets are sealed.</summary>
/// <remarks>All members throw <see cref="Events.JournalUnavailableException"/> without a database.</remarks>
public interface ISubscriptionStore
{
    /// <summary>False when the id is taken.</summary>
    Task<bool> Add(Subscription subscription, string secret, CancellationToken cancellation);

    /// <param name="owner">Null for everybody's.</param>
    Task<Page<Subscription>> List(string? owner, PageRequest page, CancellationToken cancellation);

    Task<ActiveSubscription?> Find(Guid id, CancellationToken cancellation);

    /// <summary>The subscription and its secret, open; null when there is none.</summary>
    Task<(Subscription Subscription, string Secret)?> Open(Guid id, CancellationToken cancellation);

    Task<int> Count(string owner, CancellationToken cancellation);

    /// <summary>False when there is none.</summary>
    Task<bool> Remove(Guid id, CancellationToken cancellation);

    Task<ActiveSubscription[]> Active(CancellationToken cancellation);
}
