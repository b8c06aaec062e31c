using System.Diagnostics;
using System.Text.Json;
using IotOrleans.Actions;
using IotOrleans.Devices;
using IotOrleans.Tests;
using Microsoft.Extensions.Options;

namespace IotOrleans.Speakers.Tests;

/// <summary>TAS-18, TAS-63: what Amazon is asked, with which token, and what becomes of its refusals.</summary>
public sealed class AmazonAlexaTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private Line _line = null!;
    private TestPeer _amazon = null!;
    private VendorLine _vendor = null!;
    private AmazonAlexa _alexa = null!;
    private int _tokens;
    private Func<int, Said?> _refuses = _ => null;

    public async ValueTask InitializeAsync()
    {
        _amazon = await TestPeer.Start();
        _amazon.Answer = Judge;
        Use(_time);
    }

    public async ValueTask DisposeAsync()
    {
        _line.Dispose();
        await _amazon.DisposeAsync();
    }

    [Fact]
    public async Task A_ring_is_the_press_of_a_doorbell_with_the_customers_own_token()
    {
        var device = await Linked();

        Assert.Equal(new Delivery(true), await Tell(device, Line.Ring));

        var asked = Assert.Single(_amazon.At("/auth/o2/token"));
        Assert.Equal(
            ("refresh_token", "Atzr|customer-of-tests", "client-1", "client-secret"),
            (
                asked.Form["grant_type"],
                asked.Form["refresh_token"],
                asked.Form["client_id"],
                asked.Form["client_secret"]
            )
        );
        var pressed = JsonDocument.Parse(Assert.Single(_amazon.At("/v3/events")).Body).RootElement.GetProperty("event");
        Assert.Equal("DoorbellPress", pressed.GetProperty("header").GetProperty("name").GetString());
        Assert.Equal("m-1", pressed.GetProperty("header").GetProperty("messageId").GetString());
        Assert.Equal("endpoint-7", pressed.GetProperty("endpoint").GetProperty("endpointId").GetString());
        Assert.Equal("2026-11-20T12:00:00Z", pressed.GetProperty("payload").GetProperty("timestamp").GetString());
    }

    [Fact]
    public async Task A_token_is_kept_until_its_last_minute()
    {
        var device = await Linked();
        await Tell(device, Line.Ring);
        _time.Advance(TimeSpan.FromSeconds(3_539));
        await Tell(device, Line.Ring);
        Assert.Single(_amazon.At("/auth/o2/token"));

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True((await Tell(device, Line.Ring)).Delivered);
        Assert.Equal(2, _amazon.At("/auth/o2/token").Length);
    }

    [Fact]
    public async Task A_token_that_is_refused_is_renewed_once_and_not_for_ever()
    {
        var device = await Linked();
        _refuses = count => count == 1 ? new(401) : null;
        Assert.True((await Tell(device, Line.Ring)).Delivered);
        Assert.Equal((2, 2), (_amazon.At("/auth/o2/token").Length, _amazon.At("/v3/events").Length));

        _refuses = _ => new(401);
        Assert.Contains("401", (await Tell(device, Line.Ring)).Detail, StringComparison.Ordinal);
        Assert.Equal(4, _amazon.At("/v3/events").Length);
        Assert.Equal(PartStatus.Down, (await _vendor.Check(default)).Status);
    }

    [Fact]
    public async Task Who_is_asked_to_wait_waits_that_long()
    {
        Use(TimeProvider.System);
        var device = await Linked();
        _refuses = count => count == 1 ? new(429, RetryAfter: 1) : null;
        var watch = Stopwatch.StartNew();

        Assert.True((await Tell(device, Line.Ring)).Delivered);

        Assert.True(watch.Elapsed >= TimeSpan.FromSeconds(0.99), $"{watch.Elapsed}");
        Assert.Equal(2, _amazon.At("/v3/events").Length);
    }

    [Fact]
    public async Task A_wait_that_is_longer_than_the_ring_and_errors_without_end_have_a_last_try()
    {
        Use(TimeProvider.System);
        var device = await Linked();
        _refuses = _ => new(429, RetryAfter: 3_600);
        Assert.False((await Tell(device, Line.Ring)).Delivered);
        Assert.Single(_amazon.At("/v3/events"));

        _refuses = _ => new(503);
        Assert.Contains("503", (await Tell(device, Line.Ring)).Detail, StringComparison.Ordinal);
        Assert.Equal(4, _amazon.At("/v3/events").Length);
    }

    [Fact]
    public async Task Of_an_alarm_Alexa_says_from_whom_and_nobody_claims_that_the_text_was_heard()
    {
        var device = Line.Device("alexa", metadata: """{"alexa_user_id": "amzn1.ask.account.X"}""");

        var delivery = await Tell(device, Line.Alarm);

        Assert.True(delivery.Delivered);
        Assert.Contains("not the text", delivery.Detail, StringComparison.Ordinal);
        Assert.Equal("alexa::proactive_events", Assert.Single(_amazon.At("/auth/o2/token")).Form["scope"]);
        var sent = JsonDocument.Parse(Assert.Single(_amazon.At("/v1/proactiveEvents/stages/development")).Body);
        Assert.Equal("m-1", sent.RootElement.GetProperty("referenceId").GetString());
        Assert.Equal("2026-11-21T11:00:00Z", sent.RootElement.GetProperty("expiryTime").GetString());
        var happened = sent.RootElement.GetProperty("event");
        Assert.Equal("AMAZON.MessageAlert.Activated", happened.GetProperty("name").GetString());
        Assert.Equal(
            "URGENT",
            happened.GetProperty("payload").GetProperty("messageGroup").GetProperty("urgency").GetString()
        );
        var audience = sent.RootElement.GetProperty("relevantAudience");
        Assert.Equal("amzn1.ask.account.X", audience.GetProperty("payload").GetProperty("user").GetString());
    }

    [Fact]
    public async Task What_Amazon_does_not_offer_is_said_and_not_sent()
    {
        var device = await Linked();
        Assert.Equal("not offered by Amazon", (await Tell(device, new CommandNotice("c", "volume", null))).Detail);
        Assert.Contains("alexa_user_id", (await Tell(device, Line.Alarm)).Detail, StringComparison.Ordinal);
        Assert.Empty(_amazon.At("/v3/events"));
    }

    private void Use(TimeProvider clock)
    {
        _line?.Dispose();
        _line = new(database, clock);
        _vendor = _line.To("alexa", _amazon.Address);
        var options = new AlexaOptions
        {
            ClientId = "client-1",
            ClientSecret = "client-secret",
            ApiUrl = _amazon.Address,
            TokenUrl = new(_amazon.Address, "/auth/o2/token"),
        };
        _alexa = new(_vendor, _line.Secrets, Options.Create(options), clock);
    }

    private async Task<DeviceRegistration> Linked()
    {
        var device = Line.Device("alexa", "endpoint-7");
        await _line.Know(device, "Atzr|customer-of-tests");
        return device;
    }

    private Task<Delivery> Tell(DeviceRegistration device, SpeakerNotice notice) =>
        _alexa.Tell(device, notice, "m-1", CancellationToken.None);

    // Amazon as it is: only the newest token is good, and the body must hold it too.
    private Said Judge(Asked asked)
    {
        if (asked.Path == "/auth/o2/token")
            return new(200, $$"""{"access_token": "Atza|{{++_tokens}}", "token_type": "bearer", "expires_in": 3600}""");
        if (asked.Header("Authorization") != $"Bearer Atza|{_tokens}")
            return new(401);
        if (
            asked.Path == "/v3/events"
            && !asked.Body.Contains($"\"token\":\"Atza|{_tokens}\"", StringComparison.Ordinal)
        )
            return new(400);
        return _refuses(_amazon.At(asked.Path).Length) ?? new(202);
    }
}
