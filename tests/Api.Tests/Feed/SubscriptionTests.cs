using System.Text;
using System.Text.Json;
using IotOrleans.Hooks;

namespace IotOrleans.Tests.Feed;

/// <summary>A house whose partners may listen on the loopback.</summary>
public sealed class SubscribersHouse : WholeHouse
{
    protected override string[] More => ["--Subscriptions:PartnersAnywhere=true"];
}

/// <summary>TAS-07, TAS-44: whoever has subscribed hears what he chose, signed, once, also after an outage.</summary>
public sealed class SubscriptionTests(SubscribersHouse house) : IClassFixture<SubscribersHouse>, IAsyncLifetime
{
    private static int _next;

    private readonly string _id = Guid.NewGuid().ToString("N")[..8];
    private readonly string _number = $"+79330000{Interlocked.Increment(ref _next):000}";
    private TestPeer _peer = null!;

    private string Url => new Uri(_peer.Address, "/in").ToString();

    public async ValueTask InitializeAsync() => _peer = await TestPeer.Start();

    public ValueTask DisposeAsync() => _peer.DisposeAsync();

    [Fact]
    public async Task Tas_07_a_partner_hears_of_smoke_signed_and_once_though_his_first_answer_was_500()
    {
        var asked = 0;
        _peer.Answer = _ => new(Interlocked.Increment(ref asked) == 1 ? 500 : 200);
        var made = await Subscribe(["smoke"], await Partner(_number));
        var key = await house.Register("sensor-" + _id, "sensor_smoke", _number);
        await house.Tell(key, "sensor-" + _id, "doorbell", "bell-" + _id);
        await house.Tell(key, "sensor-" + _id, "smoke", "smoke-" + _id);

        var (first, second) = (await _peer.Hears(), await _peer.Hears());
        var secret = StandardWebhooks.Key(made.GetProperty("secret").GetString()!);
        foreach (var post in new[] { first, second })
        {
            Assert.Equal(("smoke-" + _id, "event.smoke"), (EventOf(post), Body(post).GetProperty("type").GetString()));
            Assert.True(IsSigned(secret, post));
        }
        Assert.Equal(first.Header("webhook-id"), second.Header("webhook-id"));
        await Drained(made);
        Assert.Equal(2, _peer.At("/in").Length);
    }

    [Fact]
    public async Task Tas_25_a_partner_hears_of_his_own_subscribers_only_and_of_nothing_when_his_key_is_gone()
    {
        var (other, keyName) = ($"+79339999{_number[^3..]}", "");
        var partner = await Partner(_number, name => keyName = name);
        var made = await Subscribe(["*", "cdr"], partner);
        var mine = await house.Register("mine-" + _id, "other", _number);
        var foreign = await house.Register("foreign-" + _id, "other", other);
        await house.Tell(foreign, "foreign-" + _id, "button", "b-" + _id);
        await house.Tell(mine, "mine-" + _id, "button", "a-" + _id);

        Assert.Equal("a-" + _id, EventOf(await _peer.Hears()));
        await Drained(made);
        Assert.Equal(204, (await house.Ask(HttpMethod.Delete, "api-keys/" + keyName)).Status);
        await house.Tell(mine, "mine-" + _id, "button", "c-" + _id);
        // Whoever may hear everything hears of it: so it was there to be heard.
        await using var all = await TestPeer.Start();
        await house.Post("subscriptions", Order(["button"], new Uri(all.Address, "/in").ToString()), 201);
        await house.Tell(mine, "mine-" + _id, "button", "d-" + _id);
        Assert.Equal("d-" + _id, EventOf(await all.Hears()));
        Assert.Single(_peer.At("/in"));
    }

    [Fact]
    public async Task Tas_44_billing_gets_each_closed_cdr_exactly_once_also_over_its_own_outage()
    {
        var away = true;
        _peer.Answer = _ => new(Volatile.Read(ref away) ? 503 : 200);
        var made = await Subscribe(["cdr"]);
        var calls = new List<string>();
        for (var call = 0; call < 3; call++)
        {
            var order = $$"""{"to": "{{_number[..^2]}}00", "message": {"text": "test"} }""";
            calls.Add((await house.Post("calls", order, 202)).GetProperty("call_id").GetString()!);
        }
        await Until(() => Refused().Length == 3);
        Volatile.Write(ref away, false);

        await Drained(made);
        var taken = _peer.At("/in").GroupBy(post => post.Header("webhook-id")).ToList();
        Assert.Equal(calls.Order(), taken.Select(posts => Call(posts.First())).Order());
        string[] Refused() => [.. _peer.At("/in").Select(post => post.Header("webhook-id")).Distinct()];
        static string Call(Asked post) => Body(post).GetProperty("data").GetProperty("call_id").GetString()!;
    }

    [Fact]
    public async Task Tas_07_what_the_subscriber_says_he_does_not_want_is_a_dead_letter_that_can_be_sent_again()
    {
        _peer.Answer = _ => new(410);
        await Subscribe(["button"]);
        var key = await house.Register("button-" + _id, "other", _number);
        await house.Tell(key, "button-" + _id, "button", "b-" + _id);
        var first = await _peer.Hears();
        var id = first.Header("webhook-id");
        await house.Until(
            "dead-letters?limit=500",
            page => page.GetProperty("items").EnumerateArray().Any(one => IsPosting(one, id))
        );

        _peer.Answer = _ => new();
        Assert.Equal(202, (await house.Ask(HttpMethod.Post, $"dead-letters/{id}/replay")).Status);
        var second = await _peer.Hears();
        Assert.Equal((id, first.Body), (second.Header("webhook-id"), second.Body));
    }

    [Fact]
    public async Task A_subscription_is_its_owners_made_once_and_gone_when_it_is_deleted()
    {
        var (mine, theirs) = (await Partner(_number), await Partner("+79338888888"));
        var id = Guid.NewGuid();
        var order = Order(["cdr"], Url, $", \"subscription_id\": \"{id}\"");
        Assert.Equal(201, (await house.Ask(HttpMethod.Post, "subscriptions", order, mine)).Status);
        var again = await house.Ask(HttpMethod.Post, "subscriptions", order, mine);
        Assert.Equal((200, false), (again.Status, again.Body.TryGetProperty("secret", out _)));
        Assert.Equal(409, (await house.Ask(HttpMethod.Post, "subscriptions", order, theirs)).Status);
        Assert.Equal(404, (await house.Ask(HttpMethod.Get, "subscriptions/" + id, key: theirs)).Status);
        Assert.Equal(404, (await house.Ask(HttpMethod.Delete, "subscriptions/" + id, key: theirs)).Status);
        var foreign = Order(["cdr"], Url, ", \"msisdn\": \"+79337777777\"");
        Assert.Equal(422, (await house.Ask(HttpMethod.Post, "subscriptions", foreign, mine)).Status);
        Assert.Equal(204, (await house.Ask(HttpMethod.Delete, "subscriptions/" + id, key: mine)).Status);
        Assert.Equal(404, (await house.Ask(HttpMethod.Get, "subscriptions/" + id, key: mine)).Status);
    }

    [Theory]
    [InlineData("""{"url": "ftp://x", "event_types": ["smoke"]}""", "url")]
    [InlineData("""{"url": "https://user:secret@x", "event_types": ["smoke"]}""", "url")]
    [InlineData("""{"url": "https://x", "event_types": []}""", "event_types")]
    [InlineData("""{"url": "https://x", "event_types": ["Two words"]}""", "event_types")]
    [InlineData("""{"url": "https://x", "event_types": ["smoke"], "secret": "short"}""", "secret")]
    [InlineData("""{"url": "telegram:42", "event_types": ["masked_call"]}""", "url")]
    [InlineData("""{"url": "mailto:a@b", "event_types": ["masked_call"]}""", "url")]
    public async Task What_is_wrong_with_a_subscription_is_named(string body, string field)
    {
        var (status, problem) = await house.Ask(HttpMethod.Post, "subscriptions", body);
        Assert.Equal(422, status);
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _), problem.ToString());
    }

    [Fact]
    public async Task Ways_to_people_that_nobody_has_set_up_are_no_parts_of_the_house()
    {
        var parts = (await house.Get("/health/ready")).GetProperty("parts");
        foreach (var part in new[] { "telegram", "mail" })
            Assert.False(parts.TryGetProperty(part, out _), parts.ToString());
        Assert.All(
            parts.EnumerateObject(),
            part => Assert.Contains(part.Value.GetProperty("status").GetString(), (string[])["up", "down", "simulated"])
        );
    }

    private async Task<JsonElement> Subscribe(string[] types, string? key = null)
    {
        var (status, body) = await house.Ask(HttpMethod.Post, "subscriptions", Order(types, Url), key);
        Assert.True(status == 201, body.ToString());
        return body;
    }

    private static string Order(string[] types, string url, string more = "") =>
        $$"""{"url": "{{url}}", "event_types": {{JsonSerializer.Serialize(types)}}{{more}}}""";

    private async Task<string> Partner(string number, Action<string>? named = null)
    {
        var body = $$"""{"name": "p {{Guid.NewGuid():N}}", "role": "partner", "subscribers": ["{{number}}"]}""";
        var made = await house.Post("api-keys", body, 201);
        named?.Invoke(made.GetProperty("key_id").GetString()!);
        return made.GetProperty("key").GetString()!;
    }

    /// <summary>Nothing waits any more for this subscription.</summary>
    private Task Drained(JsonElement made) =>
        house.Until(
            "subscriptions/" + made.GetProperty("subscription_id").GetString(),
            now => now.GetProperty("waiting").GetInt32() == 0
        );

    private static async Task Until(Func<bool> holds)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        while (!holds())
            await Task.Delay(20, late.Token);
    }

    private static bool IsPosting(JsonElement letter, string id) => letter.GetProperty("posting_id").GetString() == id;

    private static bool IsSigned(byte[] secret, Asked post) =>
        StandardWebhooks.IsSigned(
            secret,
            post.Header("webhook-id"),
            post.Header("webhook-timestamp"),
            Encoding.UTF8.GetBytes(post.Body),
            post.Header("webhook-signature")
        );

    private static JsonElement Body(Asked post) => JsonSerializer.Deserialize<JsonElement>(post.Body);

    private static string? EventOf(Asked post) => Body(post).GetProperty("data").GetProperty("event_id").GetString();
}
