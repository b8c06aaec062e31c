using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using IotOrleans.Tests.Speakers;

namespace IotOrleans.Tests;

/// <summary>Two front-ends behind the proxy that is shipped.</summary>
[Collection(nameof(FurnishedCluster))]
public sealed class ProxyTests(FurnishedCluster cluster) : IAsyncLifetime
{
    private static int _numbers;

    private readonly string _number = $"7916666{Interlocked.Increment(ref _numbers):0000}";

    private HouseProcess _mortal = null!;
    private Nginx _proxy = null!;

    /// <summary>One front-end is that of all the tests, the other may be killed.</summary>
    public async ValueTask InitializeAsync()
    {
        Nginx.Need();
        _mortal = await cluster.AddDoor();
        cluster.RemoveDoor(_mortal);
        _proxy = await Nginx.Start(cluster.Doors[0].Address, _mortal.Address);
    }

    [Fact]
    public async Task A_speaker_comes_in_by_the_proxy_and_a_ring_reaches_it()
    {
        var key = await cluster.Register($"kitchen-{_number}", "speaker", "+" + _number);
        await using var kitchen = await SpeakerClient.Connect(_proxy.Address, key);
        var call = cluster.Call(cluster.Silos[0], _number);
        Assert.Equal(call, (await kitchen.Hears<IncomingCall>()).CallId);
        Assert.True((await kitchen.Answer(call)).Ok);
        Assert.True((await kitchen.Hangup(call)).Ok);
        Assert.Equal(call, (await kitchen.Hears<CallEnded>()).CallId);
    }

    [Fact]
    public async Task When_a_front_end_dies_events_are_accepted_and_its_speaker_is_told_elsewhere_what_still_rings()
    {
        var sensor = await cluster.Register($"button-{_number}", "other", "+" + _number);
        var (key, before) = await SpeakerAtTheMortal();
        await using var _ = before;
        var call = cluster.Call(cluster.Silos[0], _number);
        Assert.Equal(call, (await before.Hears<IncomingCall>()).CallId);

        _mortal.Kill();
        await before.Closed;
        for (var press = 0; press < 4; press++)
            Assert.Equal(HttpStatusCode.Accepted, await Press(sensor, $"press-{_number}-{press}"));
        await using var after = await SpeakerClient.Connect(_proxy.Address, key);
        Assert.Equal(call, (await after.Hears<IncomingCall>()).CallId);
        Assert.True((await after.Answer(call)).Ok);
        Assert.True((await after.Hangup(call)).Ok);
        Assert.Equal(call, (await after.Hears<CallEnded>()).CallId);
    }

    /// <summary>As a browser's client does: it asks with a header, and connects with the key in the address.</summary>
    [Fact]
    public async Task Who_asks_first_how_to_connect_is_brought_to_the_front_end_that_was_asked()
    {
        using var http = new HttpClient { BaseAddress = _proxy.Address };
        for (var device = 0; device < 6; device++)
        {
            var key = await cluster.Register($"asks-{_number}-{device}", "speaker", "+" + _number);
            using var ask = new HttpRequestMessage(
                HttpMethod.Post,
                $"{SpeakerClient.HubPath}/negotiate?negotiateVersion=1"
            );
            ask.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            using var answer = await http.SendAsync(ask);
            var told = await answer.Content.ReadFromJsonAsync<JsonElement>();
            var id = told.GetProperty("connectionToken").GetString();
            using var socket = new ClientWebSocket();
            var address = new Uri(_proxy.Address, $"{SpeakerClient.HubPath}?id={id}&access_token={key}");
            await socket.ConnectAsync(new UriBuilder(address) { Scheme = "ws" }.Uri, CancellationToken.None);
            Assert.Equal(WebSocketState.Open, socket.State);
        }
    }

    [Fact]
    public async Task The_figures_are_not_for_those_outside_however_they_write_it()
    {
        using var outside = new HttpClient { BaseAddress = _proxy.Address };
        using var inside = new HttpClient { BaseAddress = cluster.Doors[0].Address };
        Assert.Equal(HttpStatusCode.OK, await Status(inside, "/metrics"));
        Assert.Equal(HttpStatusCode.OK, await Status(outside, "/health/live"));
        foreach (
            var path in (string[])["/metrics", "/metrics/", "/Metrics", "//metrics", "/%6Detrics", "/api/../METRICS"]
        )
            Assert.Equal((path, HttpStatusCode.NotFound), (path, await Status(outside, path)));
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _mortal.DisposeAsync();
    }

    /// <summary>The first speaker whom the proxy brings to the front-end that will die; it goes by who it is.</summary>
    private async Task<(string Key, SpeakerClient Speaker)> SpeakerAtTheMortal()
    {
        for (var device = 0; ; device++)
        {
            Assert.True(device < 40, "The proxy brings nobody there.");
            var key = await cluster.Register($"kitchen-{_number}-{device}", "speaker", "+" + _number);
            var speaker = await SpeakerClient.Connect(_proxy.Address, key);
            if (await SpeakersAtTheMortal() == 1)
                return (key, speaker);
            await speaker.DisposeAsync();
        }
    }

    private async Task<int> SpeakersAtTheMortal()
    {
        using var http = new HttpClient { BaseAddress = _mortal.Address };
        var figures = await http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        var line = figures.Split('\n').First(one => one.StartsWith("iot_speakers_connected", StringComparison.Ordinal));
        return int.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture);
    }

    private async Task<HttpStatusCode> Press(string key, string name)
    {
        using var http = new HttpClient { BaseAddress = _proxy.Address };
        http.DefaultRequestHeaders.Add("X-Api-Key", key);
        var pressed = new
        {
            event_id = name,
            device_id = $"button-{_number}",
            event_type = "button",
        };
        using var answer = await http.PostAsJsonAsync("/api/v1/events", pressed);
        return answer.StatusCode;
    }

    private static async Task<HttpStatusCode> Status(HttpClient http, string path)
    {
        // As it is written: the client would make it plain.
        var raw = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        Assert.True(Uri.TryCreate(http.BaseAddress!.ToString().TrimEnd('/') + path, raw, out var address));
        using var answer = await http.GetAsync(address);
        return answer.StatusCode;
    }
}
