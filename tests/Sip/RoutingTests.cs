using System.Net;
using System.Net.Sockets;

namespace IotOrleans.Tests.Sip;

/// <summary>Whose call is it? Kamailio asks the house, then the database, and sends it where it belongs.</summary>
public sealed class RoutingTests(SipHouse house) : IClassFixture<SipHouse>
{
    private static int _next = 10;

    private readonly string _number = $"+7916{Interlocked.Increment(ref _next):0000}100";

    [Fact]
    public async Task A_call_to_a_subscriber_reaches_the_house()
    {
        await Ours();
        await ReachesFreeSwitch();
    }

    [Fact]
    public async Task A_call_to_anybody_else_rings_his_telephone()
    {
        await house.AllThere();
        await RingsTelephone();
    }

    [Fact]
    public async Task Without_a_key_for_browsers_no_WebSocket_is_opened()
    {
        await house.AllThere();
        var listener = new UriBuilder(house.Lab.Rpc) { Scheme = "ws", Path = "/sip" }.Uri;
        Assert.Equal(403, await SipSocket.Knock(listener, house.Address.GetLeftPart(UriPartial.Authority)));
    }

    [Fact]
    public async Task A_number_that_is_nobodys_is_said_to_be()
    {
        await house.AllThere();
        await IsRefused(404);
    }

    [Fact]
    public async Task When_the_house_is_down_the_database_says_the_same()
    {
        await Ours();
        await house.HouseIsDown();
        await ReachesFreeSwitch();
        await IsRefused(404, _number[..^1] + "1");
        Assert.True(await house.Kamailio.Holds("house_away"));
    }

    [Fact]
    public async Task When_both_are_down_an_ordinary_call_is_one_and_nobody_is_told_that_a_number_is_nobodys()
    {
        await Ours();
        await house.BothAreDown();
        await IsRefused(503);
        await RingsTelephone();
    }

    [Fact]
    public async Task When_the_house_is_slow_calls_go_on_within_the_limit()
    {
        await Ours();
        house.House.Block();
        // Twenty at once: were each to wait for the house, the last would find its caller gone.
        await using var freeSwitch = await Sipp.Waits("answers", house.Lab.FreeSwitch, 20, 5080);
        var calls = await Call(Enumerable.Repeat(_number, 20), rate: 100);
        calls.AllGood(20);
        Assert.InRange(house.Kamailio.Said.Count(line => line.Contains("the house did not answer")), 1, 1_000);
        await Ours();
        await RingsTelephone();
    }

    [Fact]
    public async Task When_FreeSWITCH_is_down_a_subscribers_telephone_rings()
    {
        await Ours();
        await RingsTelephone();
    }

    [Fact]
    public async Task A_doorphone_registers_and_calls_a_subscriber()
    {
        await Ours();
        await Registered("door-7");
        await using var freeSwitch = await Sipp.Waits("answers", house.Lab.FreeSwitch, 1, 5080);
        var calls = await Sipp.Runs("caller", house.Lab.Kamailio, house.Lab.Phone, [$"{_number};door-7"]);
        calls.AllGood(1);
        (await freeSwitch.Ends()).AllGood(1);
    }

    [Fact]
    public async Task An_offer_of_video_passes_unchanged()
    {
        const string Video = """
            m=video [media_port] RTP/AVP 96
            a=rtpmap:96 H264/90000
            a=fmtp:96 profile-level-id=42e01f;packetization-mode=1
            a=sendonly

            """;
        await Ours();
        await using var freeSwitch = await Sipp.Waits(
            "answers",
            house.Lab.FreeSwitch,
            1,
            5080,
            ("media", Video.TrimEnd())
        );
        var calls = await Call([_number], 50, ("media", Video.TrimEnd()));
        calls.AllGood(1);
        var offered = Body(calls.Messages.First(message => !message.Came && message.Text.StartsWith("INVITE")).Text);
        var arrived = Body((await freeSwitch.Ends()).Received.First(message => message.StartsWith("INVITE")));
        Assert.Contains("m=video", offered, StringComparison.Ordinal);
        Assert.Equal(offered, arrived);
    }

    [Fact]
    public async Task A_message_to_a_subscriber_is_handed_to_FreeSWITCH()
    {
        await Ours();
        await using var freeSwitch = await Sipp.Waits("takes_message", house.Lab.FreeSwitch, 1, 5080);
        (await Message("The plumber is at the door.", 200)).AllGood(1);
        var came = Assert.Single((await freeSwitch.Ends()).Received);
        Assert.EndsWith("The plumber is at the door.", Body(came).TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_FreeSWITCH_the_house_joins_two_numbers_by_asking_Kamailio()
    {
        await house.AllThere();
        var (first, second) = (_number[..^1] + "7", _number[..^1] + "8");
        await Registered(first);
        await using var phone = await Sipp.Waits("referred", house.Lab.Phone, 1);
        await house.Post("calls/join", $$"""{"from": "{{first}}", "to": "{{second}}"}""", 202);
        var ended = await phone.Ends();
        ended.AllGood(1);
        var refer = ended.Received.First(message => message.StartsWith("REFER"));
        Assert.Contains($"Refer-To: sip:{second}@{house.Lab.Kamailio}:5060", refer, StringComparison.Ordinal);
        await house.Post("calls/join", $$"""{"from": "{{first}}", "to": "112"}""", 422);
    }

    [Fact]
    public async Task Nobody_else_asks_Kamailio_for_calls_and_nobody_for_anything_else()
    {
        await house.AllThere();
        Assert.Equal(400, await Asks("127.0.0.1", "core.kill", "+79160000001"));
        Assert.Equal(400, await Asks("127.0.0.1", "dlg.bridge_dlg", "sip:thief@192.0.2.9"));
        Assert.Equal(403, await Asks(house.Lab.TrunkIn, "dlg.bridge_dlg", "+79160000001"));
    }

    [Fact]
    public async Task Where_FreeSWITCH_joins_masked_calls_they_go_to_it_marked_and_nowhere_else()
    {
        await house.AllThere();
        var (real, shown) = (_number[..^1] + "5", _number[..^1] + "6");
        await house.Post("masks", $$"""{"real": "{{real}}", "shown": "{{shown}}"}""", 201);
        await house.Until("masks/lookup/real/" + shown, _ => true, 404);
        await using (var freeSwitch = await Sipp.Waits("answers", house.Lab.FreeSwitch, 1, 5080))
        {
            (await Call([shown])).AllGood(1);
            var invite = (await freeSwitch.Ends()).Received.First(message => message.StartsWith("INVITE"));
            Assert.Contains("X-IoT-Masked: yes", invite, StringComparison.Ordinal);
        }
        // FreeSWITCH refuses it without the house, or is not there: its ordinary way would show who calls.
        await IsRefused(503, shown);
        await house.HouseIsDown();
        await IsRefused(503, shown);
    }

    [Fact]
    public async Task Two_thousand_calls_at_two_hundred_a_second_all_end_right()
    {
        await Ours();
        var ordinary = _number[..^3] + "900";
        await Registered(ordinary);
        await using var freeSwitch = await Sipp.Waits("answers", house.Lab.FreeSwitch, 1_000, 5080);
        await using var phone = await Sipp.Waits("answers", house.Lab.Phone, 1_000);
        var calls = await Call(Enumerable.Range(0, 2_000).Select(i => i % 2 == 0 ? _number : ordinary), rate: 200);
        calls.AllGood(2_000);
        (await freeSwitch.Ends()).AllGood(1_000);
        (await phone.Ends()).AllGood(1_000);
    }

    private async Task<int> Asks(string from, string method, string number)
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (to, stop) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
                await socket.ConnectAsync(to.DnsEndPoint, stop);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var http = new HttpClient(handler);
        var json = $$"""{"method": "{{method}}", "params": {"from": "{{number}}", "to": "+79160000002"}, "id": 1}""";
        using var answer = await http.PostAsync(house.Lab.Rpc, new StringContent(json));
        return (int)answer.StatusCode;
    }

    private async Task Ours()
    {
        await house.AllThere();
        await house.Ask(
            HttpMethod.Post,
            "devices",
            $$"""{"device_id": "speaker-{{_number[1..]}}", "type": "speaker", "msisdn": "{{_number}}"}"""
        );
        Assert.Equal(200, (await house.Ask(HttpMethod.Get, "routing/" + _number)).Status);
    }

    private async Task ReachesFreeSwitch()
    {
        await using var freeSwitch = await Sipp.Waits("answers", house.Lab.FreeSwitch, 1, 5080);
        (await Call([_number])).AllGood(1);
        (await freeSwitch.Ends()).AllGood(1);
    }

    private async Task RingsTelephone()
    {
        var number = _number[..^3] + "200";
        await Registered(number);
        await using var phone = await Sipp.Waits("answers", house.Lab.Phone, 1);
        (await Call([number])).AllGood(1);
        (await phone.Ends()).AllGood(1);
    }

    private async Task IsRefused(int status, string? number = null) =>
        (
            await Sipp.Runs(
                "refused",
                house.Lab.Kamailio,
                house.Lab.TrunkIn,
                [$"{number ?? _number};+74951234567"],
                50,
                ("status", $"{status}")
            )
        ).AllGood(1);

    private async Task Registered(string name) =>
        (await Sipp.Runs("registers", house.Lab.Kamailio, house.Lab.Phone, [name], 50, ("port", "5060"))).AllGood(1);

    private Task<Calls> Message(string text, int status) =>
        Sipp.Runs(
            "message",
            house.Lab.Kamailio,
            house.Lab.TrunkIn,
            [$"{_number};+74951234567"],
            50,
            ("text", text),
            ("status", $"{status}")
        );

    private Task<Calls> Call(IEnumerable<string> numbers, int rate = 50, params (string, string)[] words) =>
        Sipp.Runs(
            "caller",
            house.Lab.Kamailio,
            house.Lab.TrunkIn,
            [.. numbers.Select(number => number + ";+74951234567")],
            rate,
            words
        );

    private static string Body(string message) => message[(message.IndexOf("\n\n", StringComparison.Ordinal) + 2)..];
}
