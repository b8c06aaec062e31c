using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IotOrleans.Tests.Sip;

/// <summary>What a browser may say as a part of a call, and what is none.</summary>
[Collection<BrowserCalls>]
public sealed class BrowserWithinTests(BrowserHouse house)
{
    private const string Anna = "+79167790051";
    private const string Boris = "+79167790052";

    [Fact]
    public async Task What_belongs_to_no_call_reaches_nobody_with_the_best_of_passwords()
    {
        await house.AllThere();
        using var trunk = new UdpClient(new IPEndPoint(IPAddress.Parse(house.Lab.TrunkOut), 5060));
        await using var socket = await SipSocket.Open(house.Plain, house.Origin);
        var outside = $"sip:+79167790099@{house.Lab.TrunkOut}";

        foreach (var method in (string[])["OPTIONS", "INFO", "UPDATE", "BYE", "PRACK", "INVITE"])
        {
            var answer = await WithPassword(socket, method, outside, Anna, Anna, Plain, ";tag=made-up");
            Assert.Equal((method, 481), (method, SipSocket.Status(answer)));
        }
        await socket.Ask("ACK", outside, Anna, Boris, Plain, ";tag=made-up");
        // One connection is heard in turn: the ACK is done with when this is answered.
        var last = await socket.Ask("BYE", outside, Anna, Boris, Plain, ";tag=made-up");
        Assert.Equal(481, SipSocket.Status(last));

        // Whatever Kamailio sent lies before this.
        await trunk.SendAsync("the end"u8.ToArray(), (IPEndPoint)trunk.Client.LocalEndPoint!);
        var first = await trunk.ReceiveAsync(TestContext.Current.CancellationToken);
        Assert.Equal("the end", Encoding.ASCII.GetString(first.Buffer));
    }

    [Fact]
    public async Task Within_a_call_both_sides_may_begin_anew_and_hang_up()
    {
        await using var call = await Call();

        var again = WithPassword(call.Caller, "INVITE", call.Callee, Anna, Anna, call.Routes + Forged, call.Tag);
        var heard = await call.Called.Hears("INVITE ");
        Assert.DoesNotContain("+74950000001", heard);
        await call.Called.Accept(heard);
        Assert.Equal(200, SipSocket.Status(await again));
        await call.Caller.Ask("ACK", call.Callee, Anna, Boris, call.Routes, call.Tag);
        await call.Called.Hears("ACK ");

        // The called side: its password, its own names, and the way that it was shown.
        await call.Called.Say(call.Back("INVITE", 1));
        var wanted = await call.Called.Hears("SIP/2.0 407");
        var given = BrowserHouse.Credential(Boris);
        var key = SipSocket.Answer(wanted, "INVITE", call.CallerAddress, given.Username, given.Password);
        var begun = call.Back("INVITE", 2, key);
        await call.Called.Say(begun);
        begun = await call.Caller.Hears("INVITE ");
        await call.Caller.Accept(begun);
        await call.Called.Hears("SIP/2.0 200");
        await call.Called.Say(call.Back("ACK", 2));
        await call.Caller.Hears("ACK ");

        // It has said anew where it is, and there it is hung up on.
        var moved = WithinCall.AddressIn(begun);
        Assert.NotEqual(call.Callee, moved);
        var bye = call.Caller.Ask("BYE", moved, Anna, Boris, call.Routes, call.Tag);
        await call.Called.Accept(await call.Called.Hears("BYE "));
        Assert.Equal(200, SipSocket.Status(await bye));
    }

    [Fact]
    public async Task Through_a_shown_number_a_browser_stays_hidden_also_when_it_hides_that_it_is_a_masked_call()
    {
        await house.AllThere();
        var shown = (await house.Masks("within", "+78005557795", "+78005557795", [Boris]))[0].Shown;
        await using var call = await Call(shown);

        foreach (var way in (string[])[call.Routes, Plain])
        {
            var again = WithPassword(call.Caller, "INVITE", call.Callee, Anna, Anna, way, call.Tag, shown);
            var heard = await call.Called.Hears("INVITE ");
            Assert.DoesNotContain(Anna[1..], heard);
            await call.Called.Accept(heard);
            var answer = await again;
            Assert.Equal(200, SipSocket.Status(answer));
            Assert.DoesNotContain(Boris[1..], answer);
            await call.Caller.Ask("ACK", call.Callee, Anna, shown, way, call.Tag);
            await call.Called.Hears("ACK ");
        }

        await call.Called.Say(call.Back("INFO", 3, way: Plain));
        // Only by the way that it was told is its call found.
        await call.Called.Hears("SIP/2.0 481");
        await call.Called.Say(call.Back("BYE", 4));
        await call.Caller.Accept(await call.Caller.Hears("BYE "));
        await call.Called.Hears("SIP/2.0 200");
    }

    [Fact]
    public async Task A_browser_that_FreeSWITCH_calls_hangs_up()
    {
        await house.AllThere();
        await using var boris = await SipSocket.Open(house.Plain, house.Origin);
        var given = BrowserHouse.Credential(Boris);
        Assert.Equal(200, await boris.Register(Boris, given.Username, given.Password));
        using var freeSwitch = new UdpClient(new IPEndPoint(IPAddress.Parse(house.Lab.FreeSwitch), 5080));
        freeSwitch.Connect(house.Lab.Kamailio, 5060);
        var stop = TestContext.Current.CancellationToken;
        var from = $"<sip:+79167790053@{house.Lab.FreeSwitch}>;tag=switch";
        // Behind a proxy of its own, by which the way back goes.
        var contact = $"sip:switch@{house.Lab.Doorphone}:5090";
        var (top, id) = ($"SIP/2.0/UDP {house.Lab.FreeSwitch}:5080;branch=z9hG4bK{Guid.NewGuid():N}", Guid.NewGuid());
        var invite =
            $"INVITE sip:{Boris}@{house.Lab.Kamailio} SIP/2.0\r\nVia: {top}\r\nFrom: {from}\r\n"
            + $"To: <sip:{Boris}@{house.Lab.Kamailio}>\r\nCall-ID: {id}\r\nCSeq: 1 INVITE\r\n"
            + $"Record-Route: <sip:{house.Lab.FreeSwitch}:5080;lr>\r\nContact: <{contact}>\r\nMax-Forwards: 70\r\n"
            + "Content-Length: 0\r\n\r\n";
        await freeSwitch.SendAsync(Encoding.ASCII.GetBytes(invite), stop);
        var call = new WithinCall(boris, boris) { Invite = await boris.Hears("INVITE ") };
        await boris.Accept(call.Invite);
        call.Accepted = await Until(freeSwitch, "SIP/2.0 200");

        await boris.Say(call.Back("BYE", 1));
        Assert.StartsWith($"BYE {contact} ", await Until(freeSwitch, "BYE "), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Within_a_call_nobody_speaks_as_another_or_to_another()
    {
        await using var call = await Call();
        var outside = $"sip:+79167790099@{house.Lab.TrunkOut}";
        var detour = call.Routes + $"Route: <sip:{house.Lab.TrunkOut};lr>\r\n";

        foreach (var method in (string[])["INVITE", "UPDATE", "INFO", "OPTIONS"])
        {
            var asked = await WithPassword(
                call.Caller,
                method,
                call.Callee,
                Anna,
                "+74950000001",
                call.Routes,
                call.Tag
            );
            Assert.Equal((method, "from", 403), (method, "from", SipSocket.Status(asked)));
            asked = await WithPassword(call.Caller, method, outside, Anna, Anna, call.Routes, call.Tag);
            Assert.Equal((method, "to", 403), (method, "to", SipSocket.Status(asked)));
            asked = await WithPassword(call.Caller, method, call.Callee, Anna, Anna, detour, call.Tag);
            Assert.Equal((method, "by", 403), (method, "by", SipSocket.Status(asked)));
        }

        var bye = call.Caller.Ask("BYE", call.Callee, Anna, Boris, call.Routes, call.Tag);
        // Nothing of all that has come here.
        var heard = await call.Called.Hears("");
        Assert.StartsWith("BYE ", heard, StringComparison.Ordinal);
        await call.Called.Accept(heard);
        Assert.Equal(200, SipSocket.Status(await bye));
    }

    [Fact]
    public async Task While_it_rings_only_its_provisional_answer_is_confirmed_as_a_part_of_it()
    {
        await house.AllThere();
        await using var call = await Invited();
        var outside = $"sip:+79167790099@{house.Lab.TrunkOut}";
        foreach (var method in (string[])["INVITE", "INFO", "OPTIONS", "UPDATE"])
        {
            var asked = await WithPassword(call.Caller, method, outside, Anna, Anna, Plain, ";tag=made-up");
            Assert.Equal((method, 403), (method, SipSocket.Status(asked)));
        }

        await call.Called.Accept(call.Invite, "180 Ringing");
        call.Accepted = await call.Caller.Hears("SIP/2.0 180");
        var forged = await call.Caller.Ask("PRACK", call.Callee, "+74950000001", Boris, call.Routes, call.Tag);
        Assert.Equal(403, SipSocket.Status(forged));
        var confirmed = call.Caller.Ask("PRACK", call.Callee, Anna, Boris, call.Routes, call.Tag);
        await call.Called.Accept(await call.Called.Hears("PRACK "));
        Assert.Equal(200, SipSocket.Status(await confirmed));
    }

    /// <summary>What only networks may say of a caller.</summary>
    private const string Forged =
        "P-Asserted-Identity: <sip:+74950000001@a.example>\r\nRemote-Party-ID: <sip:+74950000001@a.example>\r\n";

    /// <summary>A way through Kamailio that says nothing of any call.</summary>
    private string Plain => $"Route: <sip:{house.Lab.Kamailio}:5060;lr>\r\n";

    private static async Task<string> WithPassword(
        SipSocket socket,
        string method,
        string uri,
        string number,
        string from,
        string more,
        string tag,
        string to = Boris
    )
    {
        var asked = await socket.Ask(method, uri, from, to, more, tag);
        if (SipSocket.Status(asked) != 407)
            return asked;
        var given = BrowserHouse.Credential(number);
        var key = SipSocket.Answer(asked, method, uri, given.Username, given.Password);
        return await socket.Ask(method, uri, from, to, more + key, tag);
    }

    private static async Task<string> Until(UdpClient client, string start)
    {
        while (true)
        {
            var came = await client.ReceiveAsync(TestContext.Current.CancellationToken);
            var said = Encoding.UTF8.GetString(came.Buffer);
            if (said.StartsWith(start, StringComparison.Ordinal))
                return said;
        }
    }

    private async Task<WithinCall> Invited(string number = Boris)
    {
        var call = new WithinCall(
            await SipSocket.Open(house.Plain, house.Origin),
            await SipSocket.Open(house.Plain, house.Origin)
        );
        var given = BrowserHouse.Credential(Boris);
        Assert.Equal(200, await call.Called.Register(Boris, given.Username, given.Password));
        given = BrowserHouse.Credential(Anna);
        var uri = $"sip:{number}@{BrowserHouse.Domain}";
        var asked = await call.Caller.Ask("INVITE", uri, Anna, number);
        var key = SipSocket.Answer(asked, "INVITE", uri, given.Username, given.Password);
        call.Turn = await call.Caller.Begin("INVITE", uri, Anna, number, key, "");
        call.Invite = await call.Called.Hears("INVITE ");
        return call;
    }

    private async Task<WithinCall> Call(string number = Boris)
    {
        await house.AllThere();
        var call = await Invited(number);
        await call.Called.Accept(call.Invite);
        call.Accepted = await call.Caller.Answered(call.Turn);
        Assert.Equal(200, SipSocket.Status(call.Accepted));
        await call.Caller.Ask("ACK", call.Callee, Anna, number, call.Routes, call.Tag);
        await call.Called.Hears("ACK ");
        return call;
    }
}
