using System.Text.Json.Nodes;
using IotOrleans.Tests.Browser;

namespace IotOrleans.Tests.Sip;

/// <summary>Calls from the page, in a real browser, through the real Kamailio.</summary>
[Collection<BrowserCalls>]
public sealed class BrowserCallTests(BrowserHouse house, TalkingChromium browser) : IClassFixture<TalkingChromium>
{
    /// <summary>Keeps the connections that carry sound where a test finds them.</summary>
    private const string KeepPeers = """
        window.peers = [];
        window.RTCPeerConnection = class extends RTCPeerConnection {
          constructor(...all) { super(...all); peers.push(this); }
        };
        """;

    [Fact]
    public async Task Two_browsers_call_each_other_and_sound_comes_both_ways_until_one_hangs_up()
    {
        var anna = await SignedIn("+79167780001");
        var boris = await SignedIn("+79167780002");
        await anna.Picture("phone-idle");

        await Dial(anna, "+7 916 778-00-02");
        await anna.Sees("#state", "It rings");
        await boris.Sees("#state", "Incoming call");
        await boris.Sees("#who", "+79167780001");
        await boris.Picture("phone-ringing");
        await boris.Click("#answer");

        await Talks(anna);
        await Talks(boris);
        await anna.Picture("phone-talking");
        await boris.Click("#hangup");
        await anna.Sees("#aside", "Call ended after ");
        await boris.Sees("#aside", "Call ended after ");
        await anna.Sees("#dial", "Number to call");
        await anna.Becomes("peers.every(peer => peer.connectionState === 'closed')");
        AtHome(anna);
        AtHome(boris);
    }

    [Fact]
    public async Task Through_a_shown_number_neither_browser_is_told_the_number_of_the_other()
    {
        var masks = await Masks("browsers", "+78005557701", "+78005557709", ["+79167780011", "+79167780012"]);
        var anna = await SignedIn(masks[0].Real);
        var boris = await SignedIn(masks[1].Real);

        await Dial(anna, masks[1].Shown);
        await boris.Sees("#who", masks[0].Shown);
        await boris.Click("#answer");
        await Talks(anna);
        await Talks(boris);
        await anna.Click("#hangup");
        await boris.Sees("#aside", "Call ended after ");

        var call = (await house.Log(masks[1].Shown, 1)).GetProperty("items")[0];
        Assert.Equal("answered", call.GetProperty("status").GetString());
        Assert.All(anna.Frames, frame => Assert.DoesNotContain(masks[1].Real[1..], frame));
        Assert.All(boris.Frames, frame => Assert.DoesNotContain(masks[0].Real[1..], frame));
        Assert.Contains(boris.Frames, frame => frame.StartsWith("INVITE ", StringComparison.Ordinal));
        AtHome(anna);
        AtHome(boris);
    }

    [Fact]
    public async Task What_becomes_of_a_call_is_told_in_words()
    {
        var anna = await SignedIn("+79167780021");
        var boris = await SignedIn("+79167780022");

        await Dial(anna, "+79167780022");
        await boris.Click("#reject");
        await anna.Sees("#aside", "The call was declined");
        await boris.Sees("#aside", "Rejected");

        await Dial(anna, "+79167780022");
        await boris.Sees("#state", "Incoming call");
        await anna.Sees("#state", "It rings");
        await anna.Click("#hangup");
        await boris.Sees("#aside", "The caller hung up");

        // As any other call: a subscriber's goes to the house, a stranger's out by the trunk.
        await house.Speaker("+79167780023");
        (string, string) words = ("words", "No");
        await using var switched = await Sipp.Waits("refuses", house.Lab.FreeSwitch, 1, 5080, ("status", "486"), words);
        await Dial(anna, "+79167780023");
        await anna.Sees("#aside", "Busy");
        await using var trunk = await Sipp.Waits("refuses", house.Lab.TrunkOut, 1, 5060, ("status", "488"), words);
        await Dial(anna, "+79167780024");
        await anna.Sees("#aside", "The other side cannot take a call from a browser");

        // A telephone without encryption is told so at once: nobody could answer it.
        var calls = await Sipp.Runs(
            "refused_sound",
            house.Lab.Kamailio,
            house.Lab.Phone,
            ["+79167780022;+79167780025"],
            words: ("status", "488")
        );
        calls.AllGood(1);
        await boris.Sees("#dial", "Number to call");
        AtHome(anna);
        AtHome(boris);
    }

    [Fact]
    public async Task Who_is_not_let_in_is_told_in_words()
    {
        var tab = await Opened("");
        await SignIn(tab, "admin", "wrong", "+79167780031");
        await tab.Sees("#refused", "Name or password is wrong");

        await Partner("partner-31", "+79167780031");
        var partner = await Opened("");
        await SignIn(partner, "partner-31", WholeHouse.Password, "+79167780032");
        await partner.Sees("#refused", "This number is somebody else's");
        await SignIn(partner, "partner-31", WholeHouse.Password, "+79167780031");
        await partner.Sees("#link", "Connected");
        await partner.Click("#leave");
        await partner.Sees("#link", "Not connected");

        // The house gives a password that Kamailio does not know: it has another key.
        var other = await Opened(Answered("password: 'x'"));
        await SignIn(other, "admin", WholeHouse.Password, "+79167780033");
        await other.Sees("#refused", "The SIP server does not accept us");
        await other.Picture("phone-refused");
    }

    [Fact]
    public async Task A_line_that_breaks_comes_back_and_the_password_is_renewed_until_the_user_is_gone()
    {
        await house.AllThere();
        await Partner("partner-41", "+79167780041");
        // Passwords seem to end soon, and lines are counted.
        var tab = await Opened(
            Answered("expires_at: new Date(Date.now() + 1500).toISOString()")
                + """
                window.lines = 0;
                window.WebSocket = class extends WebSocket { constructor(...all) { super(...all); lines++; } };
                """
        );
        await SignIn(tab, "partner-41", WholeHouse.Password, "+79167780041");
        await tab.Sees("#link", "Connected");
        const string Given = "performance.getEntriesByType('resource').filter(e => e.name.endsWith('/credentials'))";
        await tab.Becomes(Given + ".length > 1");

        var lines = await house.Kamailio.Command("ws.dump");
        foreach (
            var line in lines.Split('\n').Select(line => line.Trim().Split(':')[0]).Where(id => id.All(char.IsDigit))
        )
            await house.Kamailio.Command("ws.close", line);
        await tab.Becomes("lines > 1 && document.querySelector('#link').dataset.state === 'on'");

        var (status, _) = await house.Ask(HttpMethod.Delete, "users/partner-41");
        Assert.Equal(204, status);
        await tab.Sees("#refused", "Please sign in again");
        await tab.Sees("#link", "Not connected");
    }

    /// <summary>A script that changes what the house says of a password.</summary>
    private static string Answered(string change) =>
        $$"""
            const real = window.fetch;
            window.fetch = async (...asked) => {
              const answer = await real(...asked);
              if (!asked[0].endsWith("/browsers/credentials") || !answer.ok) return answer;
              return new Response(JSON.stringify({ ...(await answer.json()), {{change}} }), { status: 201 });
            };
            """;

    private Task Partner(string name, string number) =>
        house.Post(
            "users",
            $$"""
            {"username": "{{name}}", "password": "{{WholeHouse.Password}}", "role": "partner",
             "subscribers": ["{{number}}"]}
            """,
            201
        );

    private async Task<Tab> SignedIn(string number)
    {
        var tab = await Opened(KeepPeers);
        await SignIn(tab, "admin", WholeHouse.Password, number);
        await tab.Sees("#link", "Connected");
        await tab.Sees("#name", number);
        return tab;
    }

    private async Task<Tab> Opened(string before)
    {
        await house.AllThere();
        return await browser.Open(house.Page, before: before);
    }

    private static async Task SignIn(Tab tab, string user, string password, string number)
    {
        await tab.Evaluate("document.querySelectorAll('#enter input').forEach(input => (input.value = ''))");
        await tab.Type("#username", user);
        await tab.Type("#password", password);
        await tab.Type("#own", number);
        await tab.Click("#enter button");
    }

    private static async Task Dial(Tab tab, string number)
    {
        await tab.Sees("#dial", "Number to call");
        await tab.Evaluate("document.querySelector('#number').value = ''");
        await tab.Type("#number", number);
        await tab.Click("#call");
    }

    /// <summary>Encrypted sound comes in, and it is no silence.</summary>
    private static async Task Talks(Tab tab)
    {
        await tab.Sees("#state", "Talking · ");
        const string Hears = """
            (async () => {
              const peer = peers.at(-1);
              for (const end = performance.now() + 20000; performance.now() < end; ) {
                const all = [...(await peer.getStats()).values()];
                const sound = all.find((one) => one.type === "inbound-rtp" && one.kind === "audio");
                const way = all.find((one) => one.type === "transport");
                if (sound?.packetsReceived > 0 && sound.totalAudioEnergy > 0)
                  return { state: peer.connectionState, dtls: way.dtlsState, cipher: way.srtpCipher ?? "" };
                await new Promise((go) => requestAnimationFrame(go));
              }
              return null;
            })()
            """;
        var heard = await tab.Evaluate(Hears);
        Assert.True(heard is JsonObject, "Nothing is heard");
        Assert.Equal("connected", heard["state"]!.GetValue<string>());
        Assert.Equal("connected", heard["dtls"]!.GetValue<string>());
        Assert.NotEqual("", heard["cipher"]!.GetValue<string>());
    }

    private async Task<(string Real, string Shown)[]> Masks(string pool, string first, string last, string[] reals)
    {
        await house.AllThere();
        return await house.Masks(pool, first, last, reals);
    }

    /// <summary>It asked nobody but the house and Kamailio, and the browser had nothing to complain about.</summary>
    private void AtHome(Tab tab)
    {
        string[] ours = [house.Address.Authority, house.Secure.Authority];
        Assert.All(tab.Requests, request => Assert.Contains(new Uri(request).Authority, ours));
        Assert.Empty(tab.Complaints);
    }
}
