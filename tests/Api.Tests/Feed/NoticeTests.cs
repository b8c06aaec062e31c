using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Tests.Feed;

/// <summary>PP-60: a missed call on a mask is told once, in words, by Telegram and by mail.</summary>
public sealed class NoticeTests(NoticesHouse house) : IClassFixture<NoticesHouse>
{
    private const string Caller = "+74951234567";

    private static int _next = 100;

    private readonly int _block = Interlocked.Increment(ref _next);

    private string Real => $"+7926{_block:000}7701";

    private string Shown => $"+7800{_block:000}0001";

    private string Chat => $"{_block}";

    private string Address => $"owner{_block}@example.com";

    [Fact]
    public async Task Pp_60_a_missed_call_is_one_message_and_one_mail_however_often_it_is_told()
    {
        await Mask();
        JsonElement[] both = [await Subscribe("telegram:" + Chat), await Subscribe("mailto:" + Address)];
        var began = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 20);

        Assert.Equal(201, await Report("missed", 480, began));
        await house.Bot.Arrives();
        await house.Mail.Arrives();
        Assert.Equal(200, await Report("missed", 480, began));
        Assert.Equal(201, await Report("answered", 200, began));
        Assert.Equal(201, await Report("busy", 486, began));
        await house.Bot.Arrives();
        await house.Mail.Arrives();
        foreach (var made in both)
        {
            var path = "subscriptions/" + Text(made, "subscription_id");
            await house.Until(path, now => now.GetProperty("waiting").GetInt32() == 0);
        }

        var at = TimeZoneInfo.ConvertTime(began, TimeZoneInfo.FindSystemTimeZoneById("Europe/Moscow"));
        string[] words = [Words("No answer"), Words("Busy")];
        Assert.Equal(words, house.Bot.Chats.Where(said => said.Chat == Chat).Select(said => said.Text));
        var mails = Mails();
        Assert.Equal(words, mails.Select(mail => mail.Body));
        Assert.All(mails, mail => Assert.Equal($"Missed call on {Shown}", mail.Header("Subject")));

        string Words(string outcome) =>
            $"Missed call on {Shown}\n{outcome}, from +7*****67\n{at:yyyy-MM-dd HH:mm:ss} Europe/Moscow";
    }

    [Fact]
    public async Task Pp_60_a_call_that_the_switch_joins_and_nobody_answers_is_told_likewise()
    {
        await Mask();
        await Subscribe("telegram:" + Chat);
        await Subscribe("mailto:" + Address);
        var call = await Ring();
        await house.Until("calls/" + call, leg => leg.GetProperty("phase").GetString() == "ringing", 404);
        house.Switch.HangUp(Guid.Parse(call), "ORIGINATOR_CANCEL");

        var said = await house.Bot.Arrives();
        var mail = await house.Mail.Arrives();
        Assert.StartsWith($"Missed call on {Shown}\nNo answer, from +7*****67\n", said.Text, StringComparison.Ordinal);
        Assert.Equal((Chat, Address, said.Text), (said.Chat, mail.To, mail.Body));
        Assert.DoesNotContain(Real[1..], string.Join('\n', mail.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pp_60_who_has_blocked_the_bot_is_a_dead_letter_at_once_and_hears_it_when_it_is_sent_anew()
    {
        await Mask();
        await Subscribe("telegram:" + Chat);
        var before = house.Bot.Asked;
        house.Bot.Trouble = _ => TestBotApi.Blocked;
        try
        {
            await Report("missed", 486);
            var letter = await DeadLetter(Chat);
            Assert.Equal(("failed", 1), (Text(letter, "status"), letter.GetProperty("attempts").GetInt32()));
            Assert.Equal("Telegram says 403: Forbidden: bot was blocked by the user", Text(letter, "detail"));
            Assert.Equal(before + 1, house.Bot.Asked);
            house.Bot.Trouble = _ => null;
            await Replay(letter);
            Assert.Equal(Chat, (await house.Bot.Arrives()).Chat);
        }
        finally
        {
            house.Bot.Trouble = _ => null;
        }
    }

    [Fact]
    public async Task Pp_60_a_bot_that_asks_for_a_pause_gets_it_and_the_message_arrives_once()
    {
        await Mask();
        await Subscribe("telegram:" + Chat);
        var first = house.Bot.Asked;
        house.Bot.Trouble = asked => asked == first ? TestBotApi.FloodControl(6) : null;
        await Report("missed", 486);
        Assert.Equal(Chat, (await house.Bot.Arrives()).Chat);
        Assert.Equal(first + 2, house.Bot.Asked);
        Assert.Single(house.Bot.Chats, said => said.Chat == Chat);
    }

    [Fact]
    public async Task Pp_60_a_mail_of_which_the_answer_is_lost_is_not_sent_again_by_itself_and_keeps_its_name_by_hand()
    {
        await Mask();
        await Subscribe("mailto:" + Address);
        house.Mail.Says = command => command == TestMailServer.EndOfText ? TestMailServer.Cut : null;
        try
        {
            await Report("missed", 486);
            await house.Mail.Arrives();
            var letter = await DeadLetter(Address);
            Assert.Equal("unknown", Text(letter, "status"));
            Assert.Single(Mails());
            house.Mail.Says = _ => null;
            await Replay(letter);
            await house.Mail.Arrives();
            Assert.Single(Mails().Select(mail => mail.Header("Message-ID")).Distinct());
        }
        finally
        {
            house.Mail.Says = _ => null;
        }
    }

    [Fact]
    public async Task A_web_address_is_told_of_masked_calls_without_the_numbers_that_are_hidden()
    {
        await using var peer = await TestPeer.Start();
        await Mask();
        await Subscribe(new Uri(peer.Address, "/in").ToString(), "masked_call");
        await Report("missed", 486);
        var post = await peer.Hears();
        var body = JsonSerializer.Deserialize<JsonElement>(post.Body);
        var data = body.GetProperty("data");
        Assert.Equal(("masked_call.busy", "busy"), (Text(body, "type"), Text(data, "status")));
        Assert.Equal((Shown, "+7*****67"), (Text(data, "shown"), Text(data, "from")));
        Assert.DoesNotContain(Real, post.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_has_ended_his_subscription_is_not_told_of_what_waited()
    {
        await Mask();
        var made = await Subscribe("mailto:" + Address);
        var refused = 0;
        house.Mail.Says = command =>
            command.StartsWith("RCPT", StringComparison.Ordinal) && Interlocked.Increment(ref refused) > 0
                ? "450 later"
                : null;
        try
        {
            await Report("missed", 486);
            var path = "subscriptions/" + Text(made, "subscription_id");
            // It was on its way, and comes again in some seconds.
            await house.Until(path, now => refused > 0 && now.GetProperty("waiting").GetInt32() == 1);
            Assert.Equal(204, (await house.Ask(HttpMethod.Delete, path)).Status);
            house.Mail.Says = _ => null;
            Assert.Equal("the subscription is gone", Text(await DeadLetter(Address), "detail"));
            Assert.Empty(Mails());
        }
        finally
        {
            house.Mail.Says = _ => null;
        }
    }

    [Theory]
    [InlineData("telegram:the_house", "masked_call", "url")]
    [InlineData("mailto:a@b?cc=c@d", "masked_call", "url")]
    [InlineData("telegram:42", "cdr", "event_types")]
    [InlineData("mailto:a@b", "smoke", "event_types")]
    [InlineData("mailto:a@b", "masked_call.lost", "event_types")]
    public async Task What_is_wrong_with_a_subscription_in_words_is_named(string url, string word, string field)
    {
        var body = $$"""{"url": "{{url}}", "event_types": ["{{word}}"]}""";
        var (status, problem) = await house.Ask(HttpMethod.Post, "subscriptions", body);
        Assert.Equal(422, status);
        Assert.Equal(field, Assert.Single(problem.GetProperty("errors").EnumerateObject()).Name);
    }

    [Fact]
    public async Task A_partner_hears_of_the_shown_numbers_that_are_his()
    {
        await Mask();
        var partner = await Key("partner", $", \"subscribers\": [\"{Shown}\"]");
        var stranger = await Key("partner", ", \"subscribers\": [\"+79330000001\"]");
        Assert.Equal(201, await By(partner, Chat));
        Assert.Equal(201, await By(stranger, Chat + "99"));
        await Report("missed", 486);
        Assert.Equal(Chat, (await house.Bot.Arrives()).Chat);
        // Told after the call, to whoever may hear it: so the stranger's turn is over, too.
        await Subscribe("mailto:" + Address);
        await Report("again", 486);
        Assert.Equal(Chat, (await house.Bot.Arrives()).Chat);
        await house.Mail.Arrives();
        Assert.DoesNotContain(house.Bot.Chats, said => said.Chat == Chat + "99");

        async Task<int> By(string key, string chat)
        {
            var order = $$"""{"url": "telegram:{{chat}}", "event_types": ["masked_call"]}""";
            return (await house.Ask(HttpMethod.Post, "subscriptions", order, key)).Status;
        }
    }

    [Fact]
    public async Task The_token_stands_in_no_log_also_where_requests_are_logged()
    {
        await using var peer = await TestPeer.Start();
        var log = new HeardLog();
        house.Service<ILoggerFactory>().AddProvider(log.All);
        await Mask();
        await Subscribe(new Uri(peer.Address, "/in").ToString());
        await Subscribe("telegram:" + Chat);
        await Report("missed", 486);
        await house.Bot.Arrives();
        await peer.Hears();
        Assert.Contains(log.Lines, line => line.Contains(peer.Address.Authority));
        Assert.DoesNotContain(log.Lines, line => line.Contains(TestBotApi.Token));
    }

    [Fact]
    public async Task Both_ways_are_parts_of_the_house_and_the_token_stands_nowhere()
    {
        var ready = await house.Get("/health/ready");
        foreach (var part in new[] { "telegram", "mail" })
            Assert.Equal("simulated", Text(ready.GetProperty("parts").GetProperty(part), "status"));
        Assert.DoesNotContain(TestBotApi.Token, ready.ToString(), StringComparison.Ordinal);
    }

    private async Task Mask()
    {
        await house.Post("masks", $$"""{"real": "{{Real}}", "shown": "{{Shown}}"}""", 201);
        var lookup = house.Service<Masks.IMaskLookup>();
        await house.Until("/health/live", _ => lookup.RealOf(new(Shown[1..])) is not null);
    }

    /// <summary>Of this mask's number only.</summary>
    private async Task<JsonElement> Subscribe(string url, string word = "masked_call.missed")
    {
        var order = $$"""{"url": "{{url}}", "event_types": ["{{word}}"], "msisdn": "{{Shown}}"}""";
        return await house.Post("subscriptions", order, 201);
    }

    private async Task<int> Report(string call, int sip, DateTimeOffset? began = null)
    {
        var started = (began ?? DateTimeOffset.UtcNow.AddSeconds(-20)).ToUnixTimeSeconds();
        var body = new
        {
            call_id = $"{call}-{_block}@sbc.example",
            from = Caller,
            shown = Shown,
            sip_status = sip,
            started,
            answered = sip == 200 ? started + 5 : (long?)null,
            ended = started + 10,
        };
        return (
            await house.Ask(HttpMethod.Post, "masks/calls", JsonSerializer.Serialize(body), await Key("telephony"))
        ).Status;
    }

    private async Task<string> Key(string role, string more = "")
    {
        var order = $$"""{"name": "{{role}} {{Guid.NewGuid():N}}", "role": "{{role}}"{{more}}}""";
        return Text(await house.Post("api-keys", order, 201), "key")!;
    }

    private async Task<string> Ring()
    {
        var order = $$"""{"msisdn": "{{Shown}}", "caller": "{{Caller}}"}""";
        return Text(await house.Post("simulate/incoming-call", order, 202), "call_id")!;
    }

    private async Task<JsonElement> DeadLetter(string target)
    {
        var letters = await house.Until("dead-letters?limit=500", page => Of(page).Any());
        return Of(letters).Single();
        IEnumerable<JsonElement> Of(JsonElement page) =>
            page.GetProperty("items").EnumerateArray().Where(one => Text(one.GetProperty("order"), "target") == target);
    }

    private async Task Replay(JsonElement letter) =>
        Assert.Equal(
            202,
            (await house.Ask(HttpMethod.Post, $"dead-letters/{Text(letter, "posting_id")}/replay")).Status
        );

    private ReceivedMail[] Mails() => [.. house.Mail.Mails.Where(mail => mail.To == Address)];

    private static string? Text(JsonElement body, string name) => body.GetProperty(name).GetString();
}
