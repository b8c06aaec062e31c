using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IotOrleans.Actions;
using IotOrleans.Devices;
using Microsoft.Extensions.Options;

namespace IotOrleans.Speakers;

/// <summary>A cloud-to-cloud project. Section "GoogleHome"; without an account there is none.</summary>
public sealed class GoogleHomeOptions
{
    /// <summary>The e-mail of the service account.</summary>
    public string? ClientEmail { get; set; }

    /// <summary>The file with its private key in PEM form (PKCS 8).</summary>
    public string? PrivateKeyFile { get; set; }

    public Uri ApiUrl { get; set; } = new("https://homegraph.googleapis.com");

    public Uri TokenUrl { get; set; } = new("https://oauth2.googleapis.com/token");
}

/// <summary>
/// Google Home: a ring is an ObjectDetection notification of a doorbell (developers.home.google.com, "Doorbell Guide";
/// Home Graph API, devices.reportStateAndNotification). Google speaks no texts of others.
/// </summary>
internal sealed class GoogleHome(VendorLine line, IOptions<GoogleHomeOptions> options, TimeProvider clock)
    : IVendorSpeakers
{
    private const string Scope = "https://www.googleapis.com/auth/homegraph";
    private const string Grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private const int TokenSeconds = 3600;

    public bool Serves(DeviceRegistration device) => Requests.IsVendor(device, "google", "google_home");

    public async Task<Delivery> Tell(
        DeviceRegistration device,
        SpeakerNotice notice,
        string messageId,
        CancellationToken cancellation
    )
    {
        if (notice is not RingNotice ring)
            return new(false, Detail: "not offered by Google");
        var user = Requests.Metadata(device, "agent_user_id") ?? device.Msisdn?.Digits;
        if (user is null)
            return new(false, Detail: "the device belongs to no number and its metadata has no agent_user_id");
        var body = Notification(device, ring, user, messageId);
        var key = await File.ReadAllTextAsync(options.Value.PrivateKeyFile!, cancellation);
        return await line.Send(
            "homegraph",
            () => Requests.Form(options.Value.TokenUrl, ("grant_type", Grant), ("assertion", Assertion(key))),
            _ =>
                Requests.Json(
                    Requests.Under(options.Value.ApiUrl, "v1/devices:reportStateAndNotification"),
                    body.DeepClone().AsObject()
                ),
            cancellation
        );
    }

    private JsonObject Notification(DeviceRegistration device, RingNotice ring, string user, string messageId)
    {
        var seen = ring.CallerName ?? ring.Caller;
        var objects = seen is null
            ? new JsonObject { ["unclassified"] = 1 }
            : new JsonObject { ["named"] = new JsonArray(seen) };
        return new()
        {
            ["requestId"] = messageId,
            ["eventId"] = messageId,
            ["agentUserId"] = user,
            ["payload"] = new JsonObject
            {
                ["devices"] = new JsonObject
                {
                    ["notifications"] = new JsonObject
                    {
                        [device.ExternalId ?? device.DeviceId.Value] = new JsonObject
                        {
                            ["ObjectDetection"] = new JsonObject
                            {
                                ["priority"] = 0,
                                ["detectionTimestamp"] = clock.GetUtcNow().ToUnixTimeMilliseconds(),
                                ["objects"] = objects,
                            },
                        },
                    },
                },
            },
        };
    }

    /// <summary>The service account's word for itself (RFC 7523), signed with RS256.</summary>
    private string Assertion(string key)
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = options.Value.ClientEmail,
            ["scope"] = Scope,
            ["aud"] = options.Value.TokenUrl.AbsoluteUri,
            ["iat"] = now,
            ["exp"] = now + TokenSeconds,
        };
        var signed = Part(new() { ["alg"] = "RS256", ["typ"] = "JWT" }) + "." + Part(claims);
        using var rsa = RSA.Create();
        rsa.ImportFromPem(key);
        var signature = rsa.SignData(
            Encoding.ASCII.GetBytes(signed),
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        );
        return signed + "." + Base64Url.EncodeToString(signature);
    }

    private static string Part(JsonObject part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));
}
