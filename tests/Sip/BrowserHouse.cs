using IotOrleans.Browser;
using IotOrleans.Subscribers;
using IotOrleans.Tests.Browser;

namespace IotOrleans.Tests.Sip;

/// <summary>Browsers may call: browser.cfg is in use, over TLS and, for the door's own tests, without.</summary>
public sealed class BrowserHouse : MaskHouse
{
    public const string Key = "a key that only the house and Kamailio have";
    public const string Domain = "phones.home.example";

    private readonly OwnCertificate _certificate = new();

    public Uri Page => new(Address, "/phone");

    public string Origin => Address.GetLeftPart(UriPartial.Authority);

    public Uri Secure => new($"wss://{Lab.Kamailio}:7443/sip");

    /// <summary>
    /// As a proxy on Kamailio's own machine would find it. So here every browser comes from an address that is also
    /// Kamailio's own, and must not be taken for Kamailio itself.
    /// </summary>
    public Uri Plain { get; } = new($"ws://127.0.0.1:{FreePort()}/sip");

    protected override string[] More =>
        [.. base.More, $"--Browser:Key={Key}", $"--Browser:Server={Secure}", $"--Browser:Domain={Domain}"];

    protected override Dictionary<string, string> MoreEnvironment =>
        new(base.MoreEnvironment)
        {
            ["BROWSER_KEY"] = Key,
            ["BROWSER_ORIGIN"] = Origin,
            ["BROWSER_DOMAIN"] = Domain,
            ["WS_LISTEN"] = $"tcp:127.0.0.1:{Plain.Port}",
            ["WSS_LISTEN"] = $"tls:{Lab.Kamailio}:7443",
            ["TLS_CERTIFICATE"] = _certificate.CertificateFile,
            ["TLS_PRIVATE_KEY"] = _certificate.KeyFile,
        };

    /// <summary>As the house gives it, with a key and at a time of one's own.</summary>
    internal static BrowserCredential Credential(string number, string key = Key, TimeSpan ago = default) =>
        BrowserCredential.For(
            Msisdn.Parse(number, null),
            new BrowserOptions
            {
                Key = key,
                Domain = Domain,
                Server = new("ws://example"),
            },
            TimeProvider.System.GetUtcNow() - ago
        );

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _certificate.Dispose();
    }
}

/// <summary>One house for both: who may come in, and what he does there.</summary>
[CollectionDefinition]
public sealed class BrowserCalls : ICollectionFixture<BrowserHouse>;

/// <summary>
/// A browser with a microphone that beeps by itself and may be used without asking. Its only network may be loopback,
/// and it takes a certificate that it does not know.
/// </summary>
public sealed class TalkingChromium : Chromium
{
    protected override string[] More =>
        [
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            "--allow-loopback-in-peer-connection",
            "--ignore-certificate-errors",
        ];
}
