using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using IotOrleans.Access;

namespace IotOrleans.Tests;

/// <summary>A house that lets in this machine's first address and one network, and believes one proxy.</summary>
public sealed class GatedHouse : WholeHouse
{
    public const string Proxy = "127.0.0.2";
    public const string Stranger = "127.0.0.3";

    protected override string[] More =>
        ["--Access:AllowFrom=127.0.0.1, 192.0.2.0/24", $"--Access:TrustedProxies={Proxy}"];
}

/// <summary>Who is let in by address, and whose word is believed about it.</summary>
public sealed class AddressGateTests(GatedHouse house) : IClassFixture<GatedHouse>
{
    private const string Path = "/api/v1/audit-log?limit=500";

    [Theory]
    [InlineData("127.0.0.1", null, 200)]
    [InlineData(GatedHouse.Stranger, null, 403)]
    // What somebody says who is no proxy of ours is not believed, for good or ill.
    [InlineData("127.0.0.1", "198.51.100.1", 200)]
    [InlineData(GatedHouse.Stranger, "127.0.0.1", 403)]
    [InlineData(GatedHouse.Proxy, null, 403)]
    [InlineData(GatedHouse.Proxy, "192.0.2.7", 200)]
    [InlineData(GatedHouse.Proxy, "198.51.100.1", 403)]
    // The proxy saw the last one; what stands before it the stranger has written.
    [InlineData(GatedHouse.Proxy, "192.0.2.7, 198.51.100.1", 403)]
    [InlineData(GatedHouse.Proxy, "198.51.100.1, 192.0.2.7", 200)]
    public async Task Only_listed_addresses_are_let_in_and_only_named_proxies_are_believed(
        string from,
        string? forwarded,
        int expected
    )
    {
        var (status, body) = await Ask(from, Path, forwarded);
        Assert.True(status == expected, $"{status}: {body}");
        if (expected != 403)
            return;
        Assert.Equal("urn:iotorleans:problem:not-allowed", body.GetProperty("type").GetString());
        Assert.StartsWith("Nobody is let in from ", body.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_look_up_is_shut_to_strangers_though_their_key_is_good()
    {
        var name = Guid.NewGuid().ToString("N");
        var made = await house.Post("api-keys", $$"""{"name": "{{name}}", "role": "telephony"}""", 201);
        var key = made.GetProperty("key").GetString();
        Assert.Equal(404, (await Ask("127.0.0.1", "/lookup/real/+78009990001", null, key)).Status);
        Assert.Equal(403, (await Ask(GatedHouse.Stranger, "/lookup/real/+78009990001", null, key)).Status);
    }

    [Fact]
    public async Task Whether_it_lives_may_be_asked_from_anywhere() =>
        Assert.Equal(200, (await Ask(GatedHouse.Stranger, "/health/live")).Status);

    [Fact]
    public async Task The_audit_log_has_the_address_that_the_proxy_saw()
    {
        var name = Guid.NewGuid().ToString("N");
        var json = $$"""{"name": "{{name}}", "role": "telephony"}""";
        Assert.Equal(201, (await Ask(GatedHouse.Proxy, "/api/v1/api-keys", "192.0.2.77", json: json)).Status);
        var log = (await house.Get("audit-log?limit=500")).GetProperty("items").EnumerateArray();
        Assert.Contains(
            log,
            entry =>
                entry.GetProperty("action").GetString()!.Contains("api-keys", StringComparison.Ordinal)
                && entry.ToString().Contains("192.0.2.77", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("192.0.2.0/33", "192.0.2.0/33")]
    [InlineData("10.0.0.0/8, everywhere", "everywhere")]
    public void What_is_no_address_is_named(string text, string entry)
    {
        Assert.Null(AddressList.TryRead(text, out var wrong));
        Assert.Equal(entry, wrong);
    }

    [Theory]
    [InlineData("192.0.2.0/24", "::ffff:192.0.2.9", true)]
    [InlineData("2001:db8::/32", "2001:db8::1", true)]
    [InlineData("2001:db8::1", "2001:db8::2", false)]
    [InlineData("", "127.0.0.1", false)]
    public void An_address_is_on_the_list_in_whatever_form_the_socket_shows_it(
        string list,
        string address,
        bool isOn
    ) => Assert.Equal(isOn, AddressList.TryRead(list, out _)!.Contains(IPAddress.Parse(address)));

    private async Task<(int Status, JsonElement Body)> Ask(
        string from,
        string path,
        string? forwarded = null,
        string? key = null,
        string? json = null
    )
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = (context, stop) => Connect(from, context, stop),
        };
        using var http = new HttpClient(handler) { BaseAddress = house.Address };
        using var request = house.Request(json is null ? HttpMethod.Get : HttpMethod.Post, path, json, key);
        if (forwarded is not null)
            request.Headers.Add("X-Forwarded-For", forwarded);
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.StartsWith('{') ? JsonSerializer.Deserialize<JsonElement>(text) : default);
    }

    private static async ValueTask<Stream> Connect(
        string from,
        SocketsHttpConnectionContext context,
        CancellationToken stop
    )
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(context.DnsEndPoint, stop);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
