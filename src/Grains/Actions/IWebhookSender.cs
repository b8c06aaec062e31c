using IotOrleans.Json;

namespace IotOrleans.Actions;

/// <summary>A web address that wants to hear of incidents; posts are signed as Standard Webhooks say.</summary>
public interface IWebhookSender
{
    /// <param name="subscription">Whose secret signs it; null for the house's own.</param>
    Task<Delivery> Post(
        string messageId,
        Uri address,
        JsonText body,
        Guid? subscription,
        CancellationToken cancellation
    );
}
