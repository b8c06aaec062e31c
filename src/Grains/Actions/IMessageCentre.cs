using IotOrleans.Subscribers;

namespace IotOrleans.Actions;

/// <summary>An SMS centre. The message id is made of the cause, so that a repeated order is the same message.</summary>
public interface IMessageCentre
{
    /// <param name="from">The sender that is shown; null for the gateway's own.</param>
    Task<Delivery> Send(string messageId, string? from, Msisdn to, string text, CancellationToken cancellation);
}

/// <summary>How an order to the world outside went.</summary>
/// <param name="MayRetry">The other side was away or busy; the same order may be given again.</param>
/// <param name="Detail">Why not, in words for the explanation.</param>
/// <param name="Unsure">It may have been taken: the answer is missing.</param>
/// <param name="RetryAfter">The other side says when it may be asked again; not before.</param>
public readonly record struct Delivery(
    bool Delivered,
    bool MayRetry = false,
    string? Detail = null,
    bool Unsure = false,
    TimeSpan? RetryAfter = null
);
