using System.Net;
using System.Net.Sockets;
using IotOrleans.Tests;
using Microsoft.Extensions.Options;

namespace IotOrleans.Actions;

/// <summary>PP-60: what our bot says, and what it makes of the answers.</summary>
public sealed class TelegramBotTests : IAsyncLifetime
{
    private static readonly Notice Missed = new(
        "018f0000-0000-7000-8000-000000000001",
        "424242",
        "Missed call on +78005550001\nBusy, from +7*****67",
        null,
        new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero)
    );

    private readonly WayHealth _health = new("telegram", "127.0.0.1", isSimulated: true, new FakeTime());
    private TestBotApi _api = null!;

    public async ValueTask InitializeAsync() => _api = await TestBotApi.Start();

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Theory]
    [InlineData("424242")]
    [InlineData("-1001234567890")]
    [InlineData("@the_house")]
    public async Task A_chat_is_told_the_words_as_they_are(string chat)
    {
        Assert.Equal(new(true), await Tell(_api.Address, Missed with { Target = chat }));
        Assert.Equal([new(chat, Missed.Text)], _api.Chats);
        Assert.Equal(PartStatus.Simulated, await Status());
    }

    [Fact]
    public async Task Flood_control_is_obeyed_for_as_long_as_it_says_and_is_no_trouble_of_the_way()
    {
        _api.Trouble = _ => TestBotApi.FloodControl(17);
        var told = await Tell(_api.Address, Missed);
        Assert.Equal((true, TimeSpan.FromSeconds(17)), (told.MayRetry, told.RetryAfter));
        Assert.Equal(PartStatus.Simulated, await Status());
    }

    [Theory]
    [InlineData("""{"ok": false, "error_code": 429, "description": "Too Many Requests"}""")]
    [InlineData("""{"ok": false, "error_code": 429, "parameters": {"retry_after": 0}}""")]
    [InlineData("<html>Slow down</html>")]
    public async Task Flood_control_that_names_no_time_is_tried_again_at_our_own_pace(string answer)
    {
        _api.Trouble = _ => new(429, answer);
        var told = await Tell(_api.Address, Missed);
        Assert.Equal((true, false, null), (told.MayRetry, told.Unsure, told.RetryAfter));
        Assert.Equal(PartStatus.Simulated, await Status());
    }

    [Fact]
    public async Task Who_has_blocked_the_bot_is_not_asked_again_and_the_reason_is_clear()
    {
        _api.Trouble = _ => TestBotApi.Blocked;
        var told = await Tell(_api.Address, Missed);
        Assert.Equal(new Delivery(false, Detail: "Telegram says 403: Forbidden: bot was blocked by the user"), told);
        Assert.Equal(PartStatus.Simulated, await Status());
    }

    [Fact]
    public async Task Trouble_at_their_side_is_waited_for_and_shown()
    {
        _api.Trouble = _ => TestBotApi.BadGateway;
        Assert.Equal((true, false), Retry(await Tell(_api.Address, Missed)));
        Assert.Equal(PartStatus.Down, await Status());
    }

    [Fact]
    public async Task An_answer_that_is_lost_leaves_it_unsure()
    {
        _api.Trouble = _ => new(IsLost: true);
        Assert.Equal((false, true), Retry(await Tell(_api.Address, Missed)));
        Assert.Single(_api.Chats);
        Assert.Equal(PartStatus.Simulated, await Status());
        Assert.Equal((false, true), Retry(await Tell(_api.Address, Missed)));
        Assert.Equal(PartStatus.Down, await Status());
    }

    [Fact]
    public async Task What_says_yes_without_being_Telegram_leaves_it_unsure()
    {
        _api.Trouble = _ => new(200, "<html>Please log in to this network</html>");
        Assert.Equal((false, true), Retry(await Tell(_api.Address, Missed)));
    }

    [Fact]
    public async Task A_token_that_is_not_known_is_set_right_by_somebody_and_shown_to_nobody()
    {
        var told = await Tell(_api.Address, Missed, "99:another-token");
        Assert.Equal((true, false), Retry(told));
        Assert.Contains("401", told.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("another-token", told.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nobody_listens_or_a_handshake_never_ends_it_was_certainly_not_said()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        Assert.Equal((true, false), Retry(await Tell(new($"https://127.0.0.1:{port}"), Missed)));
        silent.Stop();
        Assert.Equal((true, false), Retry(await Tell(new($"https://127.0.0.1:{port}"), Missed)));
    }

    private Task<Delivery> Tell(Uri address, Notice notice, string token = TestBotApi.Token)
    {
        var options = Options.Create(new TelegramOptions { Token = token, Url = address });
        return new TelegramBot(new Clients(), _health, options).Tell(notice, default);
    }

    private static (bool MayRetry, bool Unsure) Retry(Delivery told) => (told.MayRetry, told.Unsure);

    private async Task<PartStatus> Status() => (await _health.Check(default)).Status;

    private sealed class Clients : IHttpClientFactory
    {
        public HttpClient CreateClient(string name) =>
            new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromMilliseconds(300) }, disposeHandler: true);
    }
}
