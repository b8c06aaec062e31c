using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using IotOrleans.Tests;

namespace IotOrleans.Deploy;

/// <summary>A house in Production behind the proxy that is shipped, with its file for HTTPS.</summary>
public sealed class HttpsProxyTests(PostgresHouse house) : IClassFixture<PostgresHouse>, IAsyncLifetime
{
    private readonly X509Certificate2 _certificate = Certificate();
    private Nginx _proxy = null!;

    public async ValueTask InitializeAsync()
    {
        Nginx.Need();
        _proxy = await Nginx.Start(house.Address, house.Address, _certificate);
    }

    [Theory]
    [InlineData("GET", "/masks?number=%2B78000000001")]
    [InlineData("POST", "/api/v1/auth/token")]
    public async Task Who_comes_without_TLS_is_sent_to_the_same_address_with_it(string method, string path)
    {
        using var http = Client();
        using var request = new HttpRequestMessage(new(method), new Uri(_proxy.Address, path));
        using var answer = await http.SendAsync(request);

        // 308: a POST stays one. Where the world's port 443 is not ours, the address has none.
        Assert.Equal(HttpStatusCode.PermanentRedirect, answer.StatusCode);
        Assert.Equal($"https://127.0.0.1{path}", answer.Headers.Location?.OriginalString);
        Assert.False(answer.Headers.Contains("Strict-Transport-Security"));
    }

    [Fact]
    public async Task By_HTTPS_people_log_in_browsers_are_told_to_stay_with_it_and_nobody_is_given_a_cookie()
    {
        using var http = Client();
        var address = _proxy.SecureAddress;
        var login = new { username = "admin", password = PostgresHouse.Password };
        using var answer = await http.PostAsJsonAsync(new Uri(address, "/api/v1/auth/token"), login);
        var told = await answer.Content.ReadFromJsonAsync<JsonElement>();
        http.DefaultRequestHeaders.Authorization = new("Bearer", told.GetProperty("access_token").GetString());

        foreach (var path in (string[])["/masks", "/speaker", "/api/v1/devices", "/api/v1/nothing", "/health/ready"])
        {
            using var page = await http.GetAsync(new Uri(address, path));
            Assert.Equal("max-age=31536000", Assert.Single(page.Headers.GetValues("Strict-Transport-Security")));
            Assert.False(page.Headers.Contains("Set-Cookie"), path);
        }
        using var inside = await http.GetAsync(new Uri(address, "/metrics"));
        Assert.Equal(HttpStatusCode.NotFound, inside.StatusCode);
        var log = await http.GetFromJsonAsync<JsonElement>(new Uri(address, "/api/v1/audit-log?limit=1"));
        Assert.Equal("127.0.0.1", log.GetProperty("items")[0].GetProperty("from").GetString());
    }

    [Fact]
    public async Task A_speaker_connects_by_HTTPS()
    {
        var registered = await house.Ask(
            HttpMethod.Post,
            "devices",
            new { device_id = $"speaker-{Guid.NewGuid():N}", type = "speaker" },
            house.Token
        );
        var key = registered.GetProperty("api_key").GetString();
        using var socket = new ClientWebSocket();
        socket.Options.RemoteCertificateValidationCallback = (_, shown, _, _) => IsOurs(shown);
        var address = new UriBuilder(_proxy.SecureAddress) { Scheme = "wss", Path = "/hubs/speaker" };
        address.Query = $"access_token={key}";
        await socket.ConnectAsync(address.Uri, CancellationToken.None);
        Assert.Equal(WebSocketState.Open, socket.State);
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _certificate.Dispose();
    }

    private HttpClient Client() =>
        new(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                SslOptions = new() { RemoteCertificateValidationCallback = (_, shown, _, _) => IsOurs(shown) },
            }
        );

    private bool IsOurs(X509Certificate? shown) =>
        shown is not null && shown.GetCertHashString() == _certificate.GetCertHashString();

    private static X509Certificate2 Certificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var now = DateTimeOffset.UtcNow;
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
