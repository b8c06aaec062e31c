using System.Text.Json;

namespace IotOrleans.Tests;

/// <summary>Calls through shown numbers: who reaches whom, and what each is shown of the other.</summary>
public sealed class MaskedCallTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    private static int _next = 500;

    private readonly int _block = Interlocked.Increment(ref _next);

    private string Real(int number = 1) => $"+7926{_block:000}{number:00}11";

    private string Shown(int number = 1) => $"+7800{_block:000}{number:0000}";

    [Fact]
    public async Task A_masked_call_reaches_the_real_number_and_shows_the_callers_own_mask()
    {
        await Mask(Real(1), Shown(1));
        await Mask(Real(2), Shown(2));
        var call = await Ring(Shown(2), Real(1));
        await Answered(call);
        var other = Assert.Single(house.Switch.TalksWith(Guid.Parse(call)));
        var leg = await house.Get("calls/" + other);
        Assert.Equal((Real(2), Shown(1)), (Text(leg, "to"), Text(leg, "from")));
        house.Switch.HangUp(Guid.Parse(call));
        var log = await house.Until(
            "masks/calls?shown=" + Uri.EscapeDataString(Shown(2)),
            page => page.GetProperty("items").GetArrayLength() == 1
        );
        Assert.Equal("answered", Text(log.GetProperty("items")[0], "status"));
        Assert.True((await house.Get("masks/figures")).GetProperty("calls_today").GetInt64() > 0);
    }

    [Fact]
    public async Task A_caller_without_a_mask_is_withheld_and_a_blocked_one_is_refused()
    {
        await house.Post(
            "masks",
            $$"""{"real": "{{Real(1)}}", "shown": "{{Shown(1)}}", "blocked": ["{{Real(3)}}"]}""",
            201
        );
        await Known(Shown(1));
        var call = await Ring(Shown(1), Real(2));
        await Answered(call);
        var leg = await house.Get("calls/" + house.Switch.TalksWith(Guid.Parse(call))[0]);
        Assert.Equal("", Text(leg, "from"));
        house.Switch.HangUp(Guid.Parse(call));
        Assert.Equal("CALL_REJECTED", await CauseOf(await Ring(Shown(1), Real(3))));
    }

    [Fact]
    public async Task Two_people_reach_each_other_through_one_number_and_nobody_else_does()
    {
        var pool = "pairs-" + _block;
        await house.Post("mask-pools", $$"""{"name": "{{pool}}", "from": "{{Shown(1)}}", "to": "{{Shown(1)}}"}""", 201);
        var session = await Session(pool, Real(1), Real(2), ""","calls_max": 2""");
        var disjoint = await Session(pool, Real(3), Real(4), "");
        Assert.Equal(Text(session, "shown"), Text(disjoint, "shown"));
        await Known(Shown(1), "sessions");

        foreach (var (from, to) in new[] { (Real(1), Real(2)), (Real(2), Real(1)) })
        {
            var call = await Ring(Shown(1), from);
            await Answered(call);
            var leg = await house.Get("calls/" + house.Switch.TalksWith(Guid.Parse(call))[0]);
            Assert.Equal((to, Shown(1)), (Text(leg, "to"), Text(leg, "from")));
            house.Switch.HangUp(Guid.Parse(call));
        }
        Assert.Equal("CALL_REJECTED", await CauseOf(await Ring(Shown(1), Real(1))));
        Assert.Equal("CALL_REJECTED", await CauseOf(await Ring(Shown(1), Real(5))));
        var id = disjoint.GetProperty("session_id").GetInt64();
        Assert.Equal(200, (await house.Ask(HttpMethod.Delete, $"mask-sessions/{id}")).Status);
        Assert.Equal("CALL_REJECTED", await CauseOf(await Ring(Shown(1), Real(3))));
    }

    [Theory]
    [InlineData("11", "answered")]
    [InlineData("00", "busy")]
    [InlineData("01", "no_answer")]
    [InlineData("02", "failed")]
    [InlineData("03", "failed")]
    public async Task A_call_that_the_switch_joins_is_logged_with_what_became_of_it(string ending, string status)
    {
        var real = $"+7926{_block:000}77{ending}";
        await Mask(real, Shown(7));
        var call = await Ring(Shown(7), "+74951234567");
        if (status == "answered")
        {
            await Answered(call);
            house.Switch.HangUp(Guid.Parse(call));
        }
        else if (status == "no_answer")
            await GiveUp(call);
        var logged = await Logged(Shown(7));
        Assert.Equal((status, real), (Text(logged, "status"), Text(logged, "real")));
        Assert.Equal(("+74951234567", call), (Text(logged, "from"), Text(logged, "call_id")));
    }

    [Theory]
    [InlineData(200, 3, "answered")]
    [InlineData(486, null, "busy")]
    [InlineData(600, null, "busy")]
    [InlineData(408, null, "no_answer")]
    [InlineData(480, null, "no_answer")]
    [InlineData(487, null, "no_answer")]
    [InlineData(603, null, "failed")]
    [InlineData(404, null, "failed")]
    [InlineData(503, null, "failed")]
    public async Task A_call_that_a_SIP_server_joins_is_logged_with_what_became_of_it(
        int sip,
        int? talked,
        string status
    )
    {
        await Mask(Real(), Shown());
        var ended = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        await Report(Shown(), sip, ended - 5, talked is { } seconds ? ended - seconds : null, ended);
        var logged = await Logged(Shown());
        Assert.Equal((status, Real()), (Text(logged, "status"), Text(logged, "real")));
        Assert.Equal(5, logged.GetProperty("duration_seconds").GetInt32());
    }

    [Fact]
    public async Task A_call_to_a_number_of_a_pool_that_nobody_is_behind_is_turned_away_and_logged_as_unmapped()
    {
        var pool = "empty-" + _block;
        await house.Post("mask-pools", $$"""{"name": "{{pool}}", "from": "{{Shown(1)}}", "to": "{{Shown(2)}}"}""", 201);
        await house.Until("/health/live", _ => house.Service<Masks.IMaskLookup>().IsPooled(new(Shown(1)[1..])));
        var call = await Ring(Shown(1), "+74951234567");
        var logged = await Logged(Shown(1));
        Assert.Equal(("unmapped", "+74951234567"), (Text(logged, "status"), Text(logged, "from")));
        Assert.False(logged.TryGetProperty("real", out var real) && real.ValueKind != JsonValueKind.Null);
        Assert.DoesNotContain(Guid.Parse(call), house.Switch.LiveChannels);
        Assert.Empty(house.Switch.TalksWith(Guid.Parse(call)));
    }

    [Fact]
    public async Task Who_was_behind_the_number_when_it_was_called_stands_in_the_log_also_when_nobody_is_any_more()
    {
        var mask = await Mask(Real(), Shown());
        var ended = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        await Report(Shown(), 486, ended, null, ended);
        await house.Ask(HttpMethod.Delete, $"masks/{mask.GetProperty("mask_id").GetInt64()}");
        Assert.Equal(Real(), Text(await Logged(Shown()), "real"));
    }

    [Fact]
    public async Task An_auditor_sees_neither_real_number_of_a_call_and_whoever_does_is_in_the_audit_log()
    {
        await Mask(Real(), Shown());
        var ended = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        await Report(Shown(), 486, ended, null, ended);
        var auditor = await Key("auditor");
        var before = await Reveals();
        var path = "masks/calls?shown=" + Uri.EscapeDataString(Shown());
        var (status, page) = await house.Ask(HttpMethod.Get, path, key: auditor);
        var seen = page.GetProperty("items")[0];
        Assert.Equal((200, Shown()), (status, Text(seen, "shown")));
        Assert.Equal(("+7*****11", "+7*****67"), (Text(seen, "real"), Text(seen, "from")));
        Assert.Equal(before, await Reveals());

        Assert.Equal(Real(), Text((await house.Get(path)).GetProperty("items")[0], "real"));
        Assert.Equal(before + 1, await Reveals());

        async Task<int> Reveals() =>
            (await house.Get("audit-log?limit=500"))
                .GetProperty("items")
                .EnumerateArray()
                .Count(entry =>
                    Text(entry, "action") == "reveal real numbers" && Text(entry, "target") == "/api/v1/masks/calls"
                );
    }

    /// <summary>The caller hangs up while it rings.</summary>
    private async Task GiveUp(string call)
    {
        await house.Until("calls/" + call, leg => Text(leg, "phase") == "ringing", 404);
        house.Switch.HangUp(Guid.Parse(call), "ORIGINATOR_CANCEL");
    }

    private async Task<JsonElement> Logged(string shown)
    {
        var log = await house.Until(
            "masks/calls?shown=" + Uri.EscapeDataString(shown),
            page => page.GetProperty("items").GetArrayLength() == 1
        );
        return log.GetProperty("items")[0];
    }

    private async Task Report(string shown, int sip, long started, long? answered, long ended)
    {
        var body = JsonSerializer.Serialize(
            new
            {
                call_id = Guid.NewGuid(),
                from = "+74951234567",
                shown,
                sip_status = sip,
                started,
                answered,
                ended,
            }
        );
        var (status, problem) = await house.Ask(HttpMethod.Post, "masks/calls", body, await Key("telephony"));
        Assert.True(status == 201, $"{status}: {problem}");
    }

    private async Task<string> Key(string role) =>
        Text(
            await house.Post("api-keys", $$"""{"name": "{{role}} {{Guid.NewGuid():N}}", "role": "{{role}}"}""", 201),
            "key"
        )!;

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

    private Task<JsonElement> Session(string pool, string a, string b, string more) =>
        house.Post("mask-sessions", $$"""{"a": "{{a}}", "b": "{{b}}", "pool": "{{pool}}"{{more}}}""", 201);

    private async Task<string> Ring(string shown, string? caller)
    {
        var body = JsonSerializer.Serialize(new { msisdn = shown, caller });
        return Text(await house.Post("simulate/incoming-call", body, 202), "call_id")!;
    }

    private Task Answered(string call) =>
        house.Until("/health/live", _ => house.Switch.TalksWith(Guid.Parse(call)).Count == 1);

    private async Task<string?> CauseOf(string call)
    {
        var cdr = await house.Until(
            "cdrs",
            page => page.GetProperty("items").EnumerateArray().Any(one => Text(one, "call_id") == call)
        );
        return Text(
            cdr.GetProperty("items").EnumerateArray().Single(one => Text(one, "call_id") == call),
            "hangup_cause"
        );
    }

    private static string? Text(JsonElement json, string member) => json.GetProperty(member).GetString();
}
