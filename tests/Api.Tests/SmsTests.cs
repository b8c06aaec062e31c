using System.Text.Json;
using System.Web;
using IotOrleans.Tests.Speakers;

namespace IotOrleans.Tests;

/// <summary>The house with an SMS gateway that judges what it is given.</summary>
public sealed class SmsHouse : WholeHouse
{
    public TestPeer Gateway { get; private set; } = null!;

    private readonly string _password = Path.GetTempFileName();

    protected override string[] More =>
        [
            $"--Sms:Url={new Uri(Gateway.Address, "/cgi-bin/sendsms")}",
            "--Sms:Username=iot",
            $"--Sms:Password=file:{_password}",
        ];

    public override async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(_password, "a secret of a file\n");
        Gateway = await TestPeer.Start();
        Gateway.Answer = _ => new(202, "0: Accepted for delivery");
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Gateway.DisposeAsync();
        File.Delete(_password);
    }

    /// <summary>What the gateway was given for this number.</summary>
    public System.Collections.Specialized.NameValueCollection[] SentTo(string number) =>
        [
            .. Gateway
                .At("/cgi-bin/sendsms")
                .Select(asked => HttpUtility.ParseQueryString(asked.Query))
                .Where(query => query["to"] == number),
        ];
}

/// <summary>SMS both ways, each once.</summary>
public sealed class SmsTests(SmsHouse house) : IClassFixture<SmsHouse>
{
    private static int _next;

    private readonly string _id = Guid.NewGuid().ToString("N")[..8];
    private readonly string _flat = $"{Interlocked.Increment(ref _next):00}";

    private string Number => $"+7931000{_flat}11";

    private string Phone => $"+7931111{_flat}11";

    [Fact]
    public async Task A_message_is_sent_once_however_often_it_is_ordered()
    {
        var id = Guid.NewGuid();
        var order = $$"""{"message_id": "{{id}}", "to": "{{Phone}}", "text": "Привет, 😀"}""";
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => house.Post("sms", order, 202)));
        var sent = await Settled(id, "sent");
        Assert.Equal(1, sent.GetProperty("parts").GetInt32());
        var asked = Assert.Single(house.SentTo(Phone));
        Assert.Equal(("Привет, 😀", "2", "UTF-8"), (asked["text"], asked["coding"], asked["charset"]));
        Assert.Equal(("iot", "a secret of a file"), (asked["username"], asked["password"]));
        Assert.Equal(409, (await house.Ask(HttpMethod.Post, "sms", order.Replace("Привет", "Пока"))).Status);
    }

    [Fact]
    public async Task A_gateway_that_is_away_is_asked_again_and_one_that_refuses_is_not()
    {
        var busy = Phone[..^2] + "12";
        house.Gateway.Answer = asked =>
            asked.Query.Contains(Uri.EscapeDataString(busy), StringComparison.Ordinal) && house.SentTo(busy).Length == 1
                ? new(503, "busy")
                : new(202, "0: Accepted for delivery");
        var waits = (await Send(busy)).GetProperty("message_id").GetGuid();
        Assert.Equal(2, (await Settled(waits, "sent")).GetProperty("attempts").GetInt32());

        var refused = Phone[..^2] + "13";
        house.Gateway.Answer = _ => new(403, "Authorization failed");
        var id = (await Send(refused)).GetProperty("message_id").GetGuid();
        var failed = await Settled(id, "failed");
        Assert.Contains("403", failed.GetProperty("detail").GetString(), StringComparison.Ordinal);
        var dead = await house.Get("dead-letters?msisdn=" + Uri.EscapeDataString(refused));
        Assert.Equal(1, dead.GetProperty("items").GetArrayLength());

        house.Gateway.Answer = _ => new(202, "0: Accepted for delivery");
        Assert.Equal(202, (await house.Ask(HttpMethod.Post, $"dead-letters/{id}/replay")).Status);
        await Settled(id, "sent");
        Assert.Equal(409, (await house.Ask(HttpMethod.Post, $"dead-letters/{id}/replay")).Status);
    }

    [Fact]
    public async Task A_delivery_report_tells_what_became_of_it_and_a_repeat_changes_nothing()
    {
        var id = (await Send(Phone)).GetProperty("message_id").GetGuid();
        await Settled(id, "sent");
        var key = await Key();
        foreach (var status in new[] { 8, 1, 1, 2 })
        {
            var report = $"/api/v1/sms/dlr?message_id={id}&status={status}&access_token={key}";
            Assert.Equal(204, (int)(await house.Http.GetAsync(report)).StatusCode);
            if (status == 1)
                await Settled(id, "delivered");
        }
        var unknown = $"/api/v1/sms/dlr?message_id={Guid.NewGuid()}&status=1&access_token={key}";
        Assert.Equal(404, (int)(await house.Http.GetAsync(unknown)).StatusCode);
    }

    [Fact]
    public async Task Smoke_writes_to_people_and_their_answer_acknowledges_it()
    {
        var sensor = await house.Register("smoke-" + _id, "sensor_smoke", Number);
        await using var kitchen = await Speaker();
        await house.Post(
            "rules",
            $$"""
            {"name": "fire", "event_type": "smoke", "scope": {"msisdn": "{{Number}}"},
             "escalation": {"wait_seconds": 3600},
             "actions": [{"type": "send_sms", "targets": ["{{Phone}}"], "text": "Smoke at {device}. Answer 1."}]}
            """,
            201
        );
        var (_, told) = await house.Tell(sensor, "smoke-" + _id, "smoke", "e-" + _id);
        var incident = told.GetProperty("incidents")[0].GetString();
        var waiting = await house.Until(
            $"incidents/{incident}",
            now => now.GetProperty("attempts").EnumerateArray().Any(one => Text(one, "outcome") == "sent")
        );
        Assert.Equal("running", Text(waiting, "status"));
        Assert.Single(house.SentTo(Phone));

        await Came($"from={Uri.EscapeDataString(Phone)}&to={Uri.EscapeDataString(Number)}&text=1&id=mo-{_id}");
        var ended = await house.IncidentEnds(incident!);
        Assert.Equal(("acknowledged", Phone), (Text(ended, "status"), Text(ended, "acknowledged_by")));
        Assert.Equal("1", (await kitchen.Hears<Message>()).Text);
    }

    [Fact]
    public async Task An_sms_is_shown_on_every_speaker_once_and_waits_for_one_that_is_away()
    {
        var key = await house.Register("kitchen-" + _id, "speaker", Number);
        var parameters =
            $"from=%2B74951234567&to={Uri.EscapeDataString(Number)}&id=x-{_id}"
            + $"&text={Uri.EscapeDataString("Буду в 8 😀")}";
        for (var again = 0; again < 3; again++)
            await Came(parameters);
        await using var kitchen = await SpeakerClient.Connect(house.Address, key);
        var message = await kitchen.Hears<Message>();
        Assert.Equal(("+74951234567", "Буду в 8 😀"), (message.From, message.Text));
        Assert.Equal(0, kitchen.Unasked<Message>());
        Assert.True((await kitchen.AckMessage(message.MessageId)).Ok);
        var listed = await house.Get("sms?msisdn=" + Uri.EscapeDataString(Number));
        Assert.Equal("inbound", Text(Assert.Single(listed.GetProperty("items").EnumerateArray()), "direction"));
    }

    [Fact]
    public async Task Tas_24_who_has_read_it_is_known_and_a_blocked_sender_is_shown_to_nobody()
    {
        await using var kitchen = await Speaker();
        var rules = """{"callers": [{"caller": "+7495*", "action": "block"}]}""";
        var settled = await house.Ask(HttpMethod.Put, "subscribers/" + Uri.EscapeDataString(Number), rules);
        Assert.True(settled.Status is 200 or 201, settled.Body.ToString());
        await Came($"from=%2B74950000000&to={Uri.EscapeDataString(Number)}&text=Cheap&id=spam-{_id}");
        await Came($"from=%2B79110000000&to={Uri.EscapeDataString(Number)}&text=Hello&id=fine-{_id}");

        var message = await kitchen.Hears<Message>();
        Assert.Equal("Hello", message.Text);
        Assert.True((await kitchen.AckMessage(message.MessageId)).Ok);
        var read = await Settled(Guid.Parse(message.MessageId), "read");
        Assert.Equal("read on kitchen-" + _id, Text(read, "detail"));
        await house.Until(
            "sms?msisdn=" + Uri.EscapeDataString(Number),
            page => page.GetProperty("items").EnumerateArray().Any(one => Text(one, "status") == "failed")
        );
        Assert.Equal(0, kitchen.Unasked<Message>());
    }

    [Fact]
    public async Task Tas_30_a_text_of_a_sip_telephone_and_one_over_http_come_to_the_same_inbox()
    {
        await using var kitchen = await Speaker();
        house.Switch.Message(Number[1..], "1001", "Добрый день 😀");
        var message = await kitchen.Hears<Message>();
        Assert.Equal(("1001", "Добрый день 😀"), (message.From, message.Text));
        var posted = await house.Ask(
            HttpMethod.Post,
            "/api/v1/sms/inbound",
            $$"""{"from": "+74951234567", "to": "{{Number}}", "text": "JSON"}""",
            await Key()
        );
        Assert.Equal(202, posted.Status);
        Assert.Equal("JSON", (await kitchen.Hears<Message>()).Text);
    }

    [Fact]
    public async Task Tas_23_a_text_that_kannel_writes_in_utf_16_is_read()
    {
        await using var kitchen = await Speaker();
        await Came(
            $"from=%2B74951234567&to={Uri.EscapeDataString(Number)}&id=u-{_id}&charset=UTF-16BE"
                + "&text=%04%11%04C%044%04C%00+%D8%3D%DE%00"
        );
        Assert.Equal("Буду 😀", (await kitchen.Hears<Message>()).Text);
    }

    [Fact]
    public async Task A_message_bears_the_sender_that_was_asked_for()
    {
        var order = $$"""{"to": "{{Phone}}", "text": "Hello", "from": "Home"}""";
        await Settled((await house.Post("sms", order, 202)).GetProperty("message_id").GetGuid(), "sent");
        Assert.Equal("Home", Assert.Single(house.SentTo(Phone))["from"]);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(429)]
    public async Task A_webhook_is_posted_again_until_it_is_taken(int refusal)
    {
        await using var peer = await TestPeer.Start();
        var asked = 0;
        peer.Answer = _ => new(Interlocked.Increment(ref asked) == 1 ? refusal : 200);
        var sensor = await house.Register("smoke-" + _id, "sensor_smoke", Number);
        await house.Post(
            "rules",
            $$"""
            {"name": "crm", "event_type": "smoke", "scope": {"msisdn": "{{Number}}"},
             "actions": [{"type": "webhook", "url": "{{new Uri(peer.Address, "/crm")}}"}]}
            """,
            201
        );
        var (_, told) = await house.Tell(sensor, "smoke-" + _id, "smoke", "e-" + _id);
        var ended = await house.IncidentEnds(told.GetProperty("incidents")[0].GetString()!);
        Assert.Equal("completed", Text(ended, "status"));
        Assert.Equal(2, peer.At("/crm").Length);
        Assert.Single(peer.At("/crm").Select(post => post.Headers["webhook-id"]).Distinct());
    }

    [Theory]
    [InlineData("""{"to": "nobody", "text": "x"}""", "to")]
    [InlineData("""{"to": "112", "text": "x"}""", "to")]
    [InlineData("""{"to": "+79310000001", "text": ""}""", "text")]
    public async Task What_cannot_be_sent_is_refused_by_the_name_of_its_mistake(string body, string field)
    {
        var (status, problem) = await house.Ask(HttpMethod.Post, "sms", body);
        Assert.Equal(422, status);
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _), problem.ToString());
    }

    [Fact]
    public async Task An_sms_for_a_number_that_is_not_ours_is_refused()
    {
        var address = $"/api/v1/sms/inbound?from=%2B74951234567&to=%2B79319999999&text=x&access_token={await Key()}";
        Assert.Equal(404, (int)(await house.Http.GetAsync(address)).StatusCode);
    }

    private async Task<SpeakerClient> Speaker() =>
        await SpeakerClient.Connect(house.Address, await house.Register("kitchen-" + _id, "speaker", Number));

    private Task<JsonElement> Send(string to) => house.Post("sms", $$"""{"to": "{{to}}", "text": "Hello"}""", 202);

    private Task<JsonElement> Settled(Guid id, string status) =>
        house.Until("sms/" + id, message => Text(message, "status") == status);

    private async Task Came(string parameters)
    {
        var answer = await house.Http.GetAsync($"/api/v1/sms/inbound?{parameters}&access_token={await Key()}");
        Assert.Equal(202, (int)answer.StatusCode);
    }

    private async Task<string> Key()
    {
        var made = await house.Post(
            "api-keys",
            $$"""{"name": "gateway {{Guid.NewGuid():N}}", "role": "telephony"}""",
            201
        );
        return Text(made, "key")!;
    }

    private static string? Text(JsonElement json, string member) => json.GetProperty(member).GetString();
}
