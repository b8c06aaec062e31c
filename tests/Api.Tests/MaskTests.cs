using System.Text.Json;

namespace IotOrleans.Tests;

/// <summary>Real numbers behind shown ones, from the operator's form to the call.</summary>
public sealed partial class MaskTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    private static int _next;

    private readonly int _block = Interlocked.Increment(ref _next);

    private string Real(int number = 1) => $"+7926{_block:000}{number:00}11";

    private string Shown(int number = 1) => $"+7800{_block:000}{number:0000}";

    [Fact]
    public async Task A_mask_is_looked_up_both_ways_as_json_and_as_text()
    {
        await Mask(Real(), Shown());
        var key = await Key("telephony");
        Assert.Equal((200, Real()), await Text("/lookup/real/" + Shown(), key));
        Assert.Equal((200, Shown()), await Text("/lookup/fake/" + Real(), key));
        var (status, body) = await house.Ask(HttpMethod.Get, "masks/lookup/real/" + Shown(), key: key);
        Assert.Equal((200, Real()), (status, body.GetProperty("real").GetString()));
        Assert.Equal((404, ""), await Text("/lookup/real/" + Shown(2), key));
        Assert.Equal(401, (await Text("/lookup/real/" + Shown(), "nobody")).Status);
    }

    [Fact]
    public async Task A_mask_that_was_released_is_never_answered_again_and_its_number_rests()
    {
        var mask = await Mask(Real(), Shown());
        var path = "masks/" + mask.GetProperty("mask_id").GetInt64();
        var (status, answer) = await house.Ask(HttpMethod.Delete, path);
        Assert.Equal((200, 0), (status, answer.GetProperty("pending_processes").GetInt32()));
        Assert.Equal(404, (await house.Ask(HttpMethod.Get, "/lookup/real/" + Shown())).Status);
        Assert.Equal(200, (await house.Ask(HttpMethod.Delete, path)).Status);

        var (again, problem) = await Try(Real(2), Shown());
        Assert.Equal(409, again);
        Assert.Contains("rests", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Real_and_shown_stay_one_to_one_however_many_ask_at_once()
    {
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(index => Try(Real(1 + (index % 4)), Shown(1 + (index % 5))))
        );
        Assert.All(answers, answer => Assert.Contains(answer.Status, new[] { 200, 201, 409 }));
        var pairs = new List<(string Real, string Shown)>();
        for (var number = 1; number <= 4; number++)
        {
            if (await Looked("fake", Real(number)) is { } shown)
                pairs.Add((Real(number), shown));
        }
        Assert.NotEmpty(pairs);
        Assert.Equal(pairs.Count, pairs.Select(pair => pair.Shown).Distinct().Count());
        foreach (var (real, shown) in pairs)
            Assert.Equal(real, await Looked("real", shown));
    }

    [Fact]
    public async Task A_number_is_never_real_and_shown_at_once()
    {
        await Mask(Real(), Shown());
        Assert.Equal(409, (await Try(Shown(), Shown(2))).Status);
        Assert.Equal(409, (await Try(Real(2), Real())).Status);
        Assert.Equal(422, (await Try(Real(3), Real(3))).Status);
    }

    [Fact]
    public async Task A_pool_gives_free_numbers_and_says_before_it_writes_when_it_has_not_enough()
    {
        var pool = "pool-" + _block;
        await house.Post("mask-pools", $$"""{"name": "{{pool}}", "from": "{{Shown(1)}}", "to": "{{Shown(3)}}"}""", 201);
        var (refused, problem) = await Generate(pool, 4);
        Assert.Equal(409, refused);
        Assert.Contains(
            "has 3 free numbers, and 4",
            problem.GetProperty("detail").GetString(),
            StringComparison.Ordinal
        );
        Assert.Null(await Looked("fake", Real(1)));
        var (made, masks) = await Generate(pool, 3);
        Assert.Equal((200, 3), (made, masks.EnumerateArray().Select(mask => Text(mask, "shown")).Distinct().Count()));
        var (again, same) = await Generate(pool, 3);
        Assert.Equal((200, masks.ToString()), (again, same.ToString()));
        var listed = await house.Get("mask-pools");
        var mine = listed.GetProperty("items").EnumerateArray().Single(one => Text(one, "name") == pool);
        Assert.Equal((3, 0), (mine.GetProperty("size").GetInt32(), mine.GetProperty("free").GetInt32()));
    }

    [Fact]
    public async Task An_auditor_sees_masks_without_real_numbers_and_cannot_try_them()
    {
        await Mask(Real(), Shown());
        var auditor = await Key("auditor");
        var (status, page) = await house.Ask(
            HttpMethod.Get,
            $"masks?number={Uri.EscapeDataString(Shown())}",
            key: auditor
        );
        Assert.Equal(200, status);
        var seen = Assert.Single(page.GetProperty("items").EnumerateArray());
        Assert.Equal("+7*****11", Text(seen, "real"));
        (_, page) = await house.Ask(HttpMethod.Get, $"masks?number={Uri.EscapeDataString(Real())}", key: auditor);
        Assert.Equal(0, page.GetProperty("items").GetArrayLength());
        Assert.Equal(403, (await house.Ask(HttpMethod.Get, "masks/export.csv", key: auditor)).Status);
        Assert.Equal(403, (await house.Ask(HttpMethod.Get, "/lookup/real/" + Shown(), key: auditor)).Status);
    }

    [Fact]
    public async Task Whoever_looks_at_real_numbers_is_in_the_audit_log_but_a_server_that_routes_calls_is_not()
    {
        var mask = await Mask(Real(), Shown());
        await house.Get($"masks/{mask.GetProperty("mask_id").GetInt64()}");
        var (_, text) = await Text("/lookup/real/" + Shown(), await Key("operator"));
        Assert.Equal(Real(), text);
        (_, text) = await Text("/lookup/real/" + Shown(), await Key("telephony"));
        Assert.Equal(Real(), text);

        var log = (await house.Get("audit-log?limit=500")).GetProperty("items").EnumerateArray();
        var reveals = log.Where(entry => Text(entry, "action") == "reveal real numbers").ToArray();
        Assert.Contains(
            reveals,
            entry =>
                Text(entry, "who") == "admin"
                && Text(entry, "target")!.EndsWith("/masks/" + mask.GetProperty("mask_id"), StringComparison.Ordinal)
        );
        Assert.Single(reveals, entry => Text(entry, "target") == Shown() && Text(entry, "who") != "admin");
    }

    [Fact]
    public async Task Whoever_tries_one_number_after_the_other_is_shut_out_and_written_down()
    {
        await Mask(Real(), Shown());
        var scanner = await Key("operator");
        var statuses = new List<int>();
        for (var number = 0; number < 130; number++)
            statuses.Add(
                (await house.Ask(HttpMethod.Get, $"/lookup/real/+7899{_block:000}{number:0000}", key: scanner)).Status
            );
        Assert.Equal(404, statuses[0]);
        Assert.Equal(429, statuses[^1]);
        Assert.Equal(429, (await Text("/lookup/real/" + Shown(), scanner)).Status);
        Assert.Equal(200, (await Text("/lookup/real/" + Shown(), await Key("telephony"))).Status);
        Assert.Contains(
            (await house.Get("audit-log?limit=500")).GetProperty("items").EnumerateArray(),
            entry => Text(entry, "outcome") == "refused: looks like a scan"
        );
    }

    [Theory]
    [InlineData("""{"real": "nobody", "shown": "+78000000001"}""", "real")]
    [InlineData("""{"real": "+79260000001"}""", "shown")]
    [InlineData("""{"real": "+79260000001", "shown": "+78000000001", "calls_max": 0}""", "calls_max")]
    [InlineData(
        """{"real": "+79260000001", "shown": "+78000000001", "expires_at": "2020-01-01T00:00:00Z"}""",
        "expires_at"
    )]
    public async Task A_mask_that_cannot_be_is_refused_by_the_name_of_its_mistake(string body, string field)
    {
        var (status, problem) = await house.Ask(HttpMethod.Post, "masks", body);
        Assert.Equal(422, status);
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _), problem.ToString());
    }

    private async Task<JsonElement> Mask(string real, string shown)
    {
        var mask = await house.Post("masks", $$"""{"real": "{{real}}", "shown": "{{shown}}"}""", 201);
        await Known(shown);
        return mask;
    }

    /// <summary>The mirror follows within a second.</summary>
    private Task Known(string shown, string kind = "masks") =>
        kind == "masks"
            ? house.Until("masks/lookup/real/" + shown, _ => true, 404)
            : house.Until(
                "/health/live",
                _ => house.Service<Masks.IMaskLookup>().Route(new(shown[1..]), null) is not null
            );

    private Task<(int Status, JsonElement Body)> Try(string real, string shown) =>
        house.Ask(HttpMethod.Post, "masks", $$"""{"real": "{{real}}", "shown": "{{shown}}"}""");

    private Task<(int Status, JsonElement Body)> Generate(string pool, int count)
    {
        var reals = JsonSerializer.Serialize(Enumerable.Range(1, count).Select(Real));
        return house.Ask(HttpMethod.Post, "masks/generate", $$"""{"pool": "{{pool}}", "reals": {{reals}}}""");
    }

    /// <summary>What the database says, which the mirror will say in a moment.</summary>
    private async Task<string?> Looked(string side, string number)
    {
        var page = await house.Get($"masks?status=active&number={Uri.EscapeDataString(number)}");
        return page.GetProperty("items") is { } items && items.GetArrayLength() == 1
            ? Text(items[0], side == "real" ? "real" : "shown")
            : null;
    }

    private async Task<(int Status, string Text)> Text(string path, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(new("text/plain"));
        request.Headers.Add("X-Api-Key", key);
        using var answer = await house.Http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task<HttpRequestMessage> Request(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Add("X-Api-Key", await Key("operator"));
        return request;
    }

    private async Task<string> Key(string role) =>
        Text(
            await house.Post("api-keys", $$"""{"name": "{{role}} {{Guid.NewGuid():N}}", "role": "{{role}}"}""", 201),
            "key"
        )!;

    private static string? Text(JsonElement json, string member) => json.GetProperty(member).GetString();
}
