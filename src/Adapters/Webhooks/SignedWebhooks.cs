using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using IotOrleans.Hooks;
using IotOrleans.Json;
using IotOrleans.Subscriptions;
using Microsoft.Extensions.Options;

namespace IotOrleans.Actions;

/// <summary>
/// Posts as the Standard Webhooks specification says: id, timestamp and an HMAC-SHA256 over both and the body.
/// </summary>
public sealed class SignedWebhooks(
    IHttpClientFactory clients,
    IOptions<WebhookOptions> options,
    IOptions<SubscriptionOptions> subscriptions,
    ISubscriptionStore store,
    TimeProvider clock
) : IWebhookSender
{
    /// <summary>For addresses that our own people have chosen.</summary>
    public const string Ours = "webhooks";

    /// <summary>For addresses that others have chosen: it connects to no private one.</summary>
    public const string Partners = "partners";

    public async Task<Delivery> Post(
        string messageId,
        Uri address,
        JsonText body,
        Guid? subscription,
        CancellationToken cancellation
    )
    {
        if (subscription is not { } id)
            return await Send(
                Ours,
                Request(messageId, address, body, options.Value.Key()),
                insistent: false,
                cancellation
            );
        if (await store.Open(id, cancellation) is not { } found)
            return new(false, Detail: "the subscription is gone");
        var isGuarded = found.Subscription.IsPartner && !subscriptions.Value.PartnersAnywhere;
        if (isGuarded && address.Scheme != Uri.UriSchemeHttps)
            return new(false, Detail: "partners are told over https only");
        var request = Request(messageId, address, body, StandardWebhooks.Key(found.Secret));
        return await Send(isGuarded ? Partners : Ours, request, insistent: true, cancellation);
    }

    /// <param name="insistent">
    /// Whoever has subscribed wants it in any case: a mistake at his side is tried again, until he says 410.
    /// </param>
    private async Task<Delivery> Send(
        string client,
        HttpRequestMessage request,
        bool insistent,
        CancellationToken cancellation
    )
    {
        try
        {
            using (request)
            using (var http = clients.CreateClient(client))
            using (var answer = await http.SendAsync(request, cancellation))
            {
                var status = (int)answer.StatusCode;
                return answer.IsSuccessStatusCode
                    ? new(true)
                    : new(
                        false,
                        insistent ? status != 410 : status is >= 500 or 408 or 429,
                        $"the address says {status}"
                    );
            }
        }
        catch (HttpRequestException trouble) when (trouble.HttpRequestError is HttpRequestError.SecureConnectionError)
        {
            return new(false, MayRetry: true, "the address has no certificate that we trust");
        }
        catch (Exception trouble) when (trouble is HttpRequestException or OperationCanceledException)
        {
            return new(false, MayRetry: true, "the address cannot be reached");
        }
    }

    private HttpRequestMessage Request(string messageId, Uri address, JsonText body, byte[]? key)
    {
        var timestamp = clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var bytes = Encoding.UTF8.GetBytes(body.Text);
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = content };
        request.Headers.Add(StandardWebhooks.IdHeader, messageId);
        request.Headers.Add(StandardWebhooks.TimestampHeader, timestamp);
        if (key is not null)
            request.Headers.Add(
                StandardWebhooks.SignatureHeader,
                StandardWebhooks.Sign(key, messageId, timestamp, bytes)
            );
        return request;
    }
}
