using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IotOrleans.Access;
using IotOrleans.Actions;
using IotOrleans.Devices;
using IotOrleans.Hooks;
using IotOrleans.Json;
using Microsoft.Extensions.Options;

namespace IotOrleans.Speakers;

/// <summary>
/// A device with a web address of its own: everything is posted there, signed as Standard Webhooks say with the
/// device's secrets (the old one as well while it lives), or with that of our webhooks when it has none.
/// </summary>
internal sealed class DeviceEndpoint(
    PatientHttp http,
    IDeviceSecrets secrets,
    IOptions<WebhookOptions> options,
    TimeProvider clock
) : IVendorSpeakers
{
    /// <summary>Where commands go of a device whose endpoint is a SIP address, such as a doorphone.</summary>
    private const string CommandUrl = "command_url";

    public bool Serves(DeviceRegistration device) =>
        Requests.Web(device.Endpoint) is not null || Requests.Web(Requests.Metadata(device, CommandUrl)) is not null;

    public async Task<Delivery> Tell(
        DeviceRegistration device,
        SpeakerNotice notice,
        string messageId,
        CancellationToken cancellation
    )
    {
        var own = Requests.Web(device.Endpoint);
        var address = notice is CommandNotice ? Requests.Web(Requests.Metadata(device, CommandUrl)) ?? own : own;
        if (address is null)
            return new(false, Detail: "the device has a web address for commands only");
        var keys = await Keys(device.DeviceId, cancellation);
        if (keys.Length == 0)
            return new(false, Detail: "the device has no secret to sign with");
        var body = Encoding.UTF8.GetBytes(Body(notice).ToJsonString(ContractJson.Options));
        var outcome = await http.Send(() => Signed(address, messageId, body, keys), cancellation);
        return outcome.IsTaken ? Said(outcome.Body) : new(false, outcome.MayRetry, "the endpoint " + outcome.Words);
    }

    private async Task<byte[][]> Keys(DeviceId device, CancellationToken cancellation)
    {
        var living = await secrets.Living(device, clock.GetUtcNow(), cancellation);
        return living.Length > 0 ? [.. living.Select(secret => StandardWebhooks.Key(secret.Text))]
            : options.Value.Key() is { } ours ? [ours]
            : [];
    }

    private JsonObject Body(SpeakerNotice notice) =>
        new()
        {
            ["type"] = notice switch
            {
                RingNotice => "call.incoming",
                AnsweredNotice => "call.answered",
                EndedNotice => "call.ended",
                MessageNotice => "message.received",
                AnnouncementNotice => "announcement",
                CommandNotice => "command",
                _ => "notice",
            },
            ["timestamp"] = UtcTimeJson.Text(clock.GetUtcNow()),
            ["data"] = JsonSerializer.SerializeToNode(notice, notice.GetType(), ContractJson.Options),
        };

    private HttpRequestMessage Signed(Uri address, string id, byte[] body, byte[][] keys)
    {
        var timestamp = clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = content };
        request.Headers.Add(StandardWebhooks.IdHeader, id);
        request.Headers.Add(StandardWebhooks.TimestampHeader, timestamp);
        request.Headers.Add(
            StandardWebhooks.SignatureHeader,
            string.Join(' ', keys.Select(key => StandardWebhooks.Sign(key, id, timestamp, body)))
        );
        return request;
    }

    /// <summary>A device may answer <c>{"ok": false, "detail"}</c>: it was told, and could not do it.</summary>
    private static Delivery Said(string body)
    {
        try
        {
            var said = JsonNode.Parse(body.Length == 0 ? "{}" : body) as JsonObject;
            var detail = said?["detail"] is JsonValue words && words.TryGetValue<string>(out var text) ? text : null;
            return said?["ok"] is JsonValue ok && ok.TryGetValue<bool>(out var done) && !done
                ? new(false, Detail: $"the device says no: {detail}")
                : new(true, Detail: detail);
        }
        catch (JsonException)
        {
            return new(true);
        }
    }
}
