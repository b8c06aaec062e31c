using System.Text.Json.Nodes;
using IotOrleans.Access;
using IotOrleans.Actions;
using IotOrleans.Devices;
using IotOrleans.Json;
using Microsoft.Extensions.Options;

namespace IotOrleans.Speakers;

/// <summary>An Alexa skill of the operator's. Section "Alexa"; without a client id there is none.</summary>
public sealed class AlexaOptions
{
    public string? ClientId { get; set; }

    public string? ClientSecret { get; set; }

    /// <summary>The region's host: api.amazonalexa.com, api.eu.amazonalexa.com or api.fe.amazonalexa.com.</summary>
    public Uri ApiUrl { get; set; } = new("https://api.amazonalexa.com");

    public Uri TokenUrl { get; set; } = new("https://api.amazon.com/auth/o2/token");

    /// <summary>The skill is published; else its development stage hears proactive events.</summary>
    public bool Live { get; set; }
}

/// <summary>
/// Amazon Alexa (developer.amazon.com, "Alexa.DoorbellEventSource", "Proactive Events API"). A ring is a press of a
/// doorbell where the customer has linked the skill (the device's secret is the refresh token), else a message alert.
/// A text cannot be spoken: Alexa says from whom, and how many.
/// </summary>
internal sealed class AmazonAlexa(
    VendorLine line,
    IDeviceSecrets secrets,
    IOptions<AlexaOptions> options,
    TimeProvider clock
) : IVendorSpeakers
{
    private const string NotSpoken = "Alexa says from whom, but not the text";

    private static readonly TimeSpan RingLife = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan MessageLife = TimeSpan.FromHours(23);

    public bool Serves(DeviceRegistration device) => Requests.IsVendor(device, "alexa", "amazon", "amazon_alexa");

    public async Task<Delivery> Tell(
        DeviceRegistration device,
        SpeakerNotice notice,
        string messageId,
        CancellationToken cancellation
    )
    {
        switch (notice)
        {
            case RingNotice ring:
                var grants = await secrets.Living(device.DeviceId, clock.GetUtcNow(), cancellation);
                return grants is [var grant, ..]
                    ? await PressDoorbell(device, grant, messageId, cancellation)
                    : await Alert(
                        device,
                        ring.CallerName ?? ring.Caller ?? "a caller",
                        messageId,
                        RingLife,
                        cancellation
                    );
            case MessageNotice message:
                return Spoken(await Alert(device, message.From, messageId, MessageLife, cancellation));
            case AnnouncementNotice announcement:
                var from = announcement.Level == "alarm" ? "your alarm system" : "your telephone";
                return Spoken(await Alert(device, from, messageId, MessageLife, cancellation));
            default:
                return new(false, Detail: "not offered by Amazon");
        }
    }

    private static Delivery Spoken(Delivery delivery) =>
        delivery.Delivered ? delivery with { Detail = NotSpoken } : delivery;

    private Task<Delivery> PressDoorbell(
        DeviceRegistration device,
        DeviceSecret grant,
        string messageId,
        CancellationToken cancellation
    )
    {
        var at = UtcTimeJson.Text(clock.GetUtcNow());
        return line.Send(
            grant.Record.SecretId,
            () =>
                Requests.Form(
                    options.Value.TokenUrl,
                    ("grant_type", "refresh_token"),
                    ("refresh_token", grant.Text),
                    ("client_id", options.Value.ClientId!),
                    ("client_secret", options.Value.ClientSecret ?? "")
                ),
            token =>
                Requests.Json(
                    Requests.Under(options.Value.ApiUrl, "v3/events"),
                    new()
                    {
                        ["context"] = new JsonObject(),
                        ["event"] = new JsonObject
                        {
                            ["header"] = new JsonObject
                            {
                                ["namespace"] = "Alexa.DoorbellEventSource",
                                ["name"] = "DoorbellPress",
                                ["payloadVersion"] = "3",
                                ["messageId"] = messageId,
                            },
                            ["endpoint"] = new JsonObject
                            {
                                ["scope"] = new JsonObject { ["type"] = "BearerToken", ["token"] = token },
                                ["endpointId"] = device.ExternalId ?? device.DeviceId.Value,
                            },
                            ["payload"] = new JsonObject
                            {
                                ["cause"] = new JsonObject { ["type"] = "PHYSICAL_INTERACTION" },
                                ["timestamp"] = at,
                            },
                        },
                    }
                ),
            cancellation
        );
    }

    private async Task<Delivery> Alert(
        DeviceRegistration device,
        string from,
        string messageId,
        TimeSpan life,
        CancellationToken cancellation
    )
    {
        if (Requests.Metadata(device, "alexa_user_id") is not { } user)
            return new(
                false,
                Detail: "the device's metadata has no alexa_user_id, and no customer has linked the skill"
            );
        var now = clock.GetUtcNow();
        var stage = options.Value.Live ? "" : "stages/development";
        return await line.Send(
            "proactive",
            () =>
                Requests.Form(
                    options.Value.TokenUrl,
                    ("grant_type", "client_credentials"),
                    ("client_id", options.Value.ClientId!),
                    ("client_secret", options.Value.ClientSecret ?? ""),
                    ("scope", "alexa::proactive_events")
                ),
            _ =>
                Requests.Json(
                    Requests.Under(options.Value.ApiUrl, "v1/proactiveEvents/" + stage),
                    new()
                    {
                        ["timestamp"] = UtcTimeJson.Text(now),
                        ["referenceId"] = messageId,
                        ["expiryTime"] = UtcTimeJson.Text(now + life),
                        ["event"] = MessageAlert(from),
                        ["localizedAttributes"] = new JsonArray(),
                        ["relevantAudience"] = new JsonObject
                        {
                            ["type"] = "Unicast",
                            ["payload"] = new JsonObject { ["user"] = user },
                        },
                    }
                ),
            cancellation
        );
    }

    private static JsonObject MessageAlert(string from) =>
        new()
        {
            ["name"] = "AMAZON.MessageAlert.Activated",
            ["payload"] = new JsonObject
            {
                ["state"] = new JsonObject { ["status"] = "UNREAD", ["freshness"] = "NEW" },
                ["messageGroup"] = new JsonObject
                {
                    ["creator"] = new JsonObject { ["name"] = from },
                    ["count"] = 1,
                    ["urgency"] = "URGENT",
                },
            },
        };
}
