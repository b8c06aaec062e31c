using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;

namespace IotOrleans.Tests;

/// <summary>Bytes from hell on every socket that listens: HTTP, the speakers' hub, and the switch's calls.</summary>
[Collection(Fuzzed.Name)]
public sealed class SocketFuzzTests(FuzzHouse fuzzed, ITestOutputHelper output)
{
    private const string Handshake = "{\"protocol\":\"json\",\"version\":1}\u001e";

    private static readonly string[] Said =
    [
        """{"type":1,"invocationId":"1","target":"Answer","arguments":["0193"]}""",
        """{"type":1,"target":"Reject","arguments":[null]}""",
        """{"type":1,"invocationId":"2","target":"Transfer","arguments":["a","+79160000010"]}""",
        """{"type":1,"invocationId":"3","target":"CommandResult","arguments":["a",true,"other"]}""",
        """{"type":1,"invocationId":"4","target":"OnConnectedAsync","arguments":[]}""",
        """{"type":1,"invocationId":"5","target":"Dispose","arguments":[true]}""",
        """{"type":3,"invocationId":"1","result":{"other":1}}""",
        """{"type":4,"invocationId":"1","target":"Answer","arguments":["other"]}""",
        """{"type":5,"invocationId":"1"}""",
        """{"type":6}""",
        """{"type":7,"error":"other","allowReconnect":true}""",
        """{"type":8,"sequenceId":-1}""",
    ];

    private static readonly string[] Requests =
    [
        "GET /health/ready HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /api/v1/events HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n{\"a\":",
        "POST /api/v1/events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\nffffffff\r\n",
        "GET /hubs/speaker HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: a\r\n\r\n",
    ];

    [Fact]
    public async Task A_speaker_that_says_nonsense_is_sent_away_and_the_hub_goes_on()
    {
        var nasty = new Nasty(new(Seed.Next(output)));
        var key = await Speaker();
        var (until, sockets) = (Stopwatch.StartNew(), 0);
        while (until.Elapsed < FuzzHouse.Time / 2)
        {
            using var socket = new ClientWebSocket();
            var address = new UriBuilder(new Uri(fuzzed.House.Address, $"/hubs/speaker?access_token={key}"))
            {
                Scheme = "ws",
            };
            await socket.ConnectAsync(address.Uri, CancellationToken.None);
            sockets++;
            try
            {
                await Send(
                    socket,
                    nasty.Next(8) > 0
                        ? Encoding.UTF8.GetBytes(Handshake)
                        : nasty.Bytes(Encoding.UTF8.GetBytes(Handshake))
                );
                for (var count = nasty.Next(12); count > 0; count--)
                    await Send(socket, [.. nasty.Json(nasty.Of(Said)), .. nasty.Seldom ? [] : new byte[] { 0x1e }]);
            }
            catch (WebSocketException)
            {
                // Sent away.
            }
        }
        output.WriteLine($"{sockets} sockets");
        await fuzzed.IsWell();
    }

    [Fact]
    public async Task Bytes_that_are_no_request_and_no_call_are_hung_up_on()
    {
        var nasty = new Nasty(new(Seed.Next(output)));
        var (until, sockets) = (Stopwatch.StartNew(), 0);
        while (until.Elapsed < FuzzHouse.Time / 2)
        {
            var isCall = nasty.Often;
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, isCall ? fuzzed.House.ListenPort : fuzzed.House.Address.Port);
            sockets++;
            try
            {
                await socket.SendAsync(
                    isCall ? nasty.Switch() : nasty.Bytes(Encoding.ASCII.GetBytes(nasty.Of(Requests)))
                );
            }
            catch (SocketException)
            {
                // Hung up on already.
            }
        }
        output.WriteLine($"{sockets} sockets");
        await fuzzed.IsWell();
    }

    private static Task Send(ClientWebSocket socket, byte[] bytes) =>
        socket.SendAsync(bytes, WebSocketMessageType.Text, true, CancellationToken.None);

    private async Task<string> Speaker()
    {
        var device = new { device_id = "fuzz-" + Guid.NewGuid().ToString("N")[..8], type = "speaker" };
        var (status, body) = await fuzzed.House.Ask(HttpMethod.Post, "devices", device, null);
        Assert.Equal(201, status);
        return body.GetProperty("api_key").GetString()!;
    }
}
