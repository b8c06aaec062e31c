using System.Security.Cryptography;
using System.Text;
using IotOrleans.Access;
using IotOrleans.Devices;

namespace IotOrleans.Hooks;

/// <summary>
/// Whether a message is the hub's own: signed as Standard Webhooks say, signed in Tuya's way, or brought with the hub's
/// key where a maker cannot sign. A signed message is believed once.
/// </summary>
public sealed class HookAccess(IDeviceSecrets secrets, IHubStore hubs, TimeProvider clock)
{
    private const int IdLengthMax = 256;

    public async Task<HookEntry> Judge(HttpContext context, HookLetter letter)
    {
        var headers = context.Request.Headers;
        if (headers.ContainsKey(StandardWebhooks.SignatureHeader))
            return await Standard(context, letter);
        if (letter.Vendor == HookVendor.Tuya && headers.ContainsKey("sign"))
            return await Tuya(context, letter);
        if (context.CallerOrNobody() is not { Role: Role.Hub or Role.Device } caller || !caller.SpeaksFor(letter.Hub))
            return HookEntry.No("neither signed nor with the hub's key");
        return letter.Settings is { RequireSignature: true }
            ? HookEntry.No("this hub must sign")
            : new(caller, null, null, null);
    }

    private async Task<HookEntry> Standard(HttpContext context, HookLetter letter)
    {
        var headers = context.Request.Headers;
        var id = headers[StandardWebhooks.IdHeader].ToString();
        var timestamp = headers[StandardWebhooks.TimestampHeader].ToString();
        var signature = headers[StandardWebhooks.SignatureHeader].ToString();
        if (!Names.IsLine(id, IdLengthMax) || id.Contains('.', StringComparison.Ordinal))
            return HookEntry.No("webhook-id is missing or not well formed");
        if (!StandardWebhooks.IsTimely(timestamp, clock.GetUtcNow(), out var at))
            return HookEntry.No("webhook-timestamp is missing or not of these five minutes");
        foreach (var secret in await Living(context, letter.Hub))
        {
            if (
                StandardWebhooks.IsSigned(StandardWebhooks.Key(secret.Text), id, timestamp, letter.Body.Span, signature)
            )
            {
                // A second try of the sender has a new time; the same time is the same message over again.
                return await Once(context, letter, secret, $"{id}.{timestamp}", at, id);
            }
        }
        return HookEntry.No("the signature is not the hub's");
    }

    private async Task<HookEntry> Tuya(HttpContext context, HookLetter letter)
    {
        var headers = context.Request.Headers;
        var time = headers["t"].ToString();
        var sign = headers["sign"].ToString();
        if (letter.Settings?.ClientId is not { } client || headers["client_id"] != client)
            return HookEntry.No("client_id is not the hub's");
        if (headers["sign_method"].ToString() is not ("HMAC-SHA256" or ""))
            return HookEntry.No("sign_method is not HMAC-SHA256");
        if (!TuyaSignature.IsTimely(time, clock.GetUtcNow(), out var at))
            return HookEntry.No("t is missing or not of these five minutes");
        foreach (var secret in await Living(context, letter.Hub))
        {
            var expected = TuyaSignature.Sign(
                secret.Text,
                client,
                time,
                headers["nonce"].ToString(),
                context.Request.Method,
                letter.Body.Span,
                SignedHeaders(headers),
                PathAndQuery(context.Request)
            );
            if (TuyaSignature.Same(expected, sign))
                return await Once(context, letter, secret, "tuya." + expected, at, null);
        }
        return HookEntry.No("the sign is not the hub's");
    }

    private async Task<HookEntry> Once(
        HttpContext context,
        HookLetter letter,
        DeviceSecret secret,
        string name,
        DateTimeOffset at,
        string? messageId
    )
    {
        var now = clock.GetUtcNow();
        var nonce = SHA256.HashData(Encoding.UTF8.GetBytes(name));
        var until = at + StandardWebhooks.Tolerance + TimeSpan.FromMinutes(1);
        if (!await hubs.Take(letter.Hub, nonce, until, now, context.RequestAborted))
            return HookEntry.No("this very message was here before");
        await secrets.Used(secret.Record.SecretId, now, context.RequestAborted);
        return new(new("hub:" + letter.Hub.Value, Role.Hub, []), null, nonce, messageId);
    }

    private Task<DeviceSecret[]> Living(HttpContext context, DeviceId hub) =>
        secrets.Living(hub, clock.GetUtcNow(), context.RequestAborted);

    private static string SignedHeaders(IHeaderDictionary headers) =>
        string.Concat(
            headers["Signature-Headers"]
                .ToString()
                .Split(':', StringSplitOptions.RemoveEmptyEntries)
                .Select(name => $"{name}:{headers[name]}\n")
        );

    private static string PathAndQuery(HttpRequest request) =>
        request.PathBase
        + request.Path
        + (
            request.Query.Count == 0
                ? ""
                : "?"
                    + string.Join(
                        '&',
                        request
                            .Query.OrderBy(pair => pair.Key, StringComparer.Ordinal)
                            .Select(pair => $"{pair.Key}={pair.Value}")
                    )
        );
}

/// <summary>What came, and in whose name.</summary>
public sealed record HookLetter(DeviceId Hub, HookVendor? Vendor, HubSettings? Settings, ReadOnlyMemory<byte> Body);

/// <summary>Who is let in, or why nobody is.</summary>
/// <param name="Caller">With the devices of its key; a hub that signed has none but those of its settings.</param>
/// <param name="Nonce">What marks the message as seen; given back when nothing could be done with it.</param>
/// <param name="MessageId">The sender's name for the message, the same each time it is sent.</param>
public sealed record HookEntry(Caller? Caller, string? Refusal, byte[]? Nonce, string? MessageId)
{
    public static HookEntry No(string why) => new(null, why, null, null);
}
