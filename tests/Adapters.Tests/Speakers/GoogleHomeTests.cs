using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IotOrleans.Tests;
using Microsoft.Extensions.Options;

namespace IotOrleans.Speakers.Tests;

/// <summary>TAS-18, TAS-64: a Home Graph that checks the account's word and what it is told.</summary>
public sealed class GoogleHomeTests : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private const string Report = "/v1/devices:reportStateAndNotification";

    private readonly FakeTime _time = new();
    private readonly RSA _key = RSA.Create(2048);
    private readonly string _file = Path.GetTempFileName();
    private readonly Line _line;
    private TestPeer _google = null!;
    private GoogleHome _home = null!;
    private bool _forgets;
    private int _tokens;

    public GoogleHomeTests(TestDatabase database) => _line = new(database, _time);

    public async ValueTask InitializeAsync()
    {
        _google = await TestPeer.Start();
        _google.Answer = Judge;
        await File.WriteAllTextAsync(_file, _key.ExportPkcs8PrivateKeyPem());
        var options = new GoogleHomeOptions
        {
            ClientEmail = "house@project.iam.gserviceaccount.com",
            PrivateKeyFile = _file,
            ApiUrl = _google.Address,
            TokenUrl = new(_google.Address, "/token"),
        };
        _home = new(_line.To("google", _google.Address), Options.Create(options), _time);
    }

    public async ValueTask DisposeAsync()
    {
        _line.Dispose();
        _key.Dispose();
        File.Delete(_file);
        await _google.DisposeAsync();
    }

    [Fact]
    public async Task A_ring_is_seen_at_the_doorbell_of_the_number()
    {
        var device = Line.Device("google", "door-1");

        var delivery = await _home.Tell(device, Line.Ring, "m-1", CancellationToken.None);

        Assert.True(delivery.Delivered, delivery.Detail);
        var sent = JsonDocument.Parse(Assert.Single(_google.At(Report)).Body).RootElement;
        Assert.Equal("79160000010", sent.GetProperty("agentUserId").GetString());
        Assert.Equal("m-1", sent.GetProperty("eventId").GetString());
        var seen = sent.GetProperty("payload")
            .GetProperty("devices")
            .GetProperty("notifications")
            .GetProperty("door-1")
            .GetProperty("ObjectDetection");
        Assert.Equal("Grandma", seen.GetProperty("objects").GetProperty("named")[0].GetString());
        Assert.Equal(Line.Noon.ToUnixTimeMilliseconds(), seen.GetProperty("detectionTimestamp").GetInt64());
    }

    [Fact]
    public async Task The_token_is_renewed_when_it_ends_and_once_when_it_is_refused()
    {
        var device = Line.Device("google", "door-1");
        await _home.Tell(device, Line.Ring, "m-1", CancellationToken.None);
        await _home.Tell(device, Line.Ring, "m-2", CancellationToken.None);
        Assert.Equal(1, _tokens);
        _time.Advance(TimeSpan.FromSeconds(3_541));
        Assert.True((await _home.Tell(device, Line.Ring, "m-3", CancellationToken.None)).Delivered);
        Assert.Equal(2, _tokens);

        _forgets = true;
        Assert.False((await _home.Tell(device, Line.Ring, "m-4", CancellationToken.None)).Delivered);
        Assert.Equal((3, 5), (_tokens, _google.At(Report).Length));
    }

    [Fact]
    public async Task Google_speaks_no_texts() =>
        Assert.Equal(
            "not offered by Google",
            (await _home.Tell(Line.Device("google"), Line.Alarm, "m-1", CancellationToken.None)).Detail
        );

    private Said Judge(Asked asked)
    {
        if (asked.Path == "/token")
            return
                IsGranted(asked.Form["assertion"])
                && asked.Form["grant_type"].EndsWith("jwt-bearer", StringComparison.Ordinal)
                ? new(200, $$"""{"access_token": "ya29.{{++_tokens}}", "expires_in": 3600, "token_type": "Bearer"}""")
                : new(400, """{"error": "invalid_grant"}""");
        return !_forgets && asked.Header("Authorization") == $"Bearer ya29.{_tokens}" ? new() : new(401);
    }

    private bool IsGranted(string assertion)
    {
        var parts = assertion.Split('.');
        var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1])).RootElement;
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        return _key.VerifyData(
                Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"),
                Base64Url.DecodeFromChars(parts[2]),
                HashAlgorithmName.SHA256,
                RSASignaturePadding.Pkcs1
            )
            && claims.GetProperty("iss").GetString() == "house@project.iam.gserviceaccount.com"
            && claims.GetProperty("scope").GetString() == "https://www.googleapis.com/auth/homegraph"
            && claims.GetProperty("aud").GetString() == new Uri(_google.Address, "/token").AbsoluteUri
            && claims.GetProperty("iat").GetInt64() <= now
            && claims.GetProperty("exp").GetInt64() - now is > 0 and <= 3600;
    }
}
