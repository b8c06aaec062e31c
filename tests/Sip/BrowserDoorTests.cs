namespace IotOrleans.Tests.Sip;

/// <summary>Who is let in by WebSocket, and what he may say there.</summary>
[Collection<BrowserCalls>]
public sealed class BrowserDoorTests(BrowserHouse house)
{
    private const string Number = "+79167790001";

    [Fact]
    public async Task A_WebSocket_is_opened_to_the_page_alone_and_at_its_own_path()
    {
        await house.AllThere();
        foreach (var address in (Uri[])[house.Plain, house.Secure])
        {
            Assert.Equal(101, await SipSocket.Knock(address, house.Origin));
            foreach (var stranger in (string?[])["https://stranger.example", house.Origin + ".example", "null", null])
                Assert.Equal(403, await SipSocket.Knock(address, stranger));
            foreach (var path in (string[])["/", "/sip/"])
                Assert.Equal(403, await SipSocket.Knock(new(address, path), house.Origin));
        }
    }

    [Fact]
    public async Task A_password_of_the_house_registers_its_number_until_it_ends_and_no_other()
    {
        await house.AllThere();
        await using var socket = await SipSocket.Open(house.Plain, house.Origin);
        var given = await house.Post("browsers/credentials", $$"""{"number": "{{Number}}"}""", 201);
        var (username, password) = (given.GetProperty("username").GetString()!, given.GetProperty("password"));

        Assert.Equal(401, await socket.Register(Number, username, "wrong"));
        Assert.Equal(403, await socket.Register("+79167790002", username, password.GetString()!));
        var stale = BrowserHouse.Credential(Number, ago: TimeSpan.FromMinutes(61));
        Assert.Equal(401, await socket.Register(Number, stale.Username, stale.Password));
        var forged = BrowserHouse.Credential(Number, key: "a key of somebody else");
        Assert.Equal(401, await socket.Register(Number, forged.Username, forged.Password));
        // Longer than it was given for.
        var longer = $"{long.Parse(username.Split(':')[0], null) + 3600}:{Number}";
        Assert.Equal(401, await socket.Register(Number, longer, password.GetString()!));
        // The browsers of other tests may be there.
        Assert.DoesNotContain("+7916779000", await house.Kamailio.Command("ul.dump"));

        Assert.Equal(200, await socket.Register(Number, username, password.GetString()!));
        var registered = await house.Kamailio.Command("ul.dump");
        Assert.Contains(Number, registered);
        Assert.DoesNotContain("+79167790002", registered);
        // What a telephone must not know stands in no log either.
        Assert.All(house.Kamailio.Said, line => Assert.DoesNotContain(BrowserHouse.Key, line));
    }

    [Fact]
    public async Task Without_the_password_nothing_goes_on_from_a_WebSocket_not_even_as_a_part_of_a_call()
    {
        await house.AllThere();
        await using var trunk = await Sipp.Waits("answers", house.Lab.TrunkOut, 1);
        await using var socket = await SipSocket.Open(house.Plain, house.Origin);
        var outside = $"sip:+79167790099@{house.Lab.TrunkOut}";
        var route = $"Route: <sip:{house.Lab.Kamailio}:5060;lr>\r\n";

        foreach (var method in (string[])["INVITE", "MESSAGE"])
            Assert.Equal(407, SipSocket.Status(await socket.Ask(method, outside, Number, "+79167790099", route)));
        // The same with a tag, as if the other side had answered before.
        foreach (
            var (method, status) in (IEnumerable<(string, int)>)[("INVITE", 407), ("MESSAGE", 405), ("REFER", 405)]
        )
        {
            var answer = await socket.Ask(method, outside, Number, "+79167790099", route, ";tag=made-up");
            Assert.Equal((method, status), (method, SipSocket.Status(answer)));
        }
        // Nor with the password of another number.
        var other = BrowserHouse.Credential("+79167790003");
        var asked = await socket.Ask("INVITE", outside, Number, "+79167790099");
        var key = SipSocket.Answer(asked, "INVITE", outside, other.Username, other.Password);
        Assert.Equal(403, SipSocket.Status(await socket.Ask("INVITE", outside, Number, "+79167790099", key)));
        Assert.Empty(trunk.Received);
    }

    [Fact]
    public async Task Who_has_hung_up_his_WebSocket_does_not_ring_on()
    {
        await house.AllThere();
        const string Gone = "+79167790011";
        await using (var socket = await SipSocket.Open(house.Secure, house.Origin))
        {
            var given = BrowserHouse.Credential(Gone);
            Assert.Equal(200, await socket.Register(Gone, given.Username, given.Password));
        }
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await house.Kamailio.Command("ul.dump")).Contains(Gone, StringComparison.Ordinal))
            await Task.Delay(20, patience.Token);
    }

    [Theory]
    [InlineData("112", "emergency")]
    [InlineData("+78005557791", "shown number")]
    [InlineData("nobody", "number")]
    public async Task Nobody_is_the_telephone_of_a_number_that_cannot_be_his(string number, string why)
    {
        await house.AllThere();
        if (number.StartsWith("+7800", StringComparison.Ordinal))
            await house.Masks("doors", number, number, ["+79167790041"]);
        var (status, body) = await house.Ask(HttpMethod.Post, "browsers/credentials", $$"""{"number": "{{number}}"}""");
        Assert.Equal(422, status);
        Assert.Contains(why, body.ToString());
    }
}
