using System.Text.Json;
using System.Text.RegularExpressions;

namespace IotOrleans.Tests.Sip;

/// <summary>Calls through shown numbers without FreeSWITCH: Kamailio joins them, and gives nobody away.</summary>
public sealed partial class MaskedCallTests(MaskHouse house) : IClassFixture<MaskHouse>
{
    private static int _next = 100;

    private readonly int _block = Interlocked.Increment(ref _next);

    [Fact]
    public async Task A_thousand_masked_calls_show_neither_side_the_others_number()
    {
        await house.AllThere();
        const int Pairs = 500;
        var reals = Enumerable.Range(0, 2 * Pairs).Select(i => $"+7926{_block}{i:0000}").ToArray();
        var masks = await house.Masks("thousand", Shown(0), Shown(1_999), reals);
        var (couriers, customers) = (masks[..Pairs], masks[Pairs..]);

        await CallEachOther(couriers, customers);
        await CallEachOther(customers, couriers);
    }

    [Fact]
    public async Task A_masked_call_stands_in_the_log_with_its_length_and_status()
    {
        await house.AllThere();
        var masks = await Masks(2);
        await using var callee = await Sipp.Waits("answers", house.Lab.TrunkOut, 1);
        (await Call(masks[1].Shown, masks[0].Real, ("talk", "2000"))).AllGood(1);
        var call = (await house.Log(masks[1].Shown, 1)).GetProperty("items")[0];
        Assert.Equal((masks[0].Real, masks[1].Shown), (Text(call, "from"), Text(call, "shown")));
        Assert.Equal("answered", Text(call, "status"));
        Assert.True(call.GetProperty("duration_seconds").GetInt32() >= 2, call.ToString());
    }

    [Fact]
    public async Task A_callee_who_is_busy_is_so_in_our_words_and_in_the_log()
    {
        await house.AllThere();
        var masks = await Masks(2);
        var words = ("words", $"Busy says {masks[1].Real}");
        await using var callee = await Sipp.Waits("refuses", house.Lab.TrunkOut, 1, 5060, ("status", "486"), words);
        var refused = await Refused(486, masks[1].Shown, masks[0].Real);
        Assert.DoesNotContain(masks[1].Real[1..], string.Join('\n', refused.Received), StringComparison.Ordinal);
        var heard = string.Join('\n', (await callee.Ends()).Received);
        Assert.DoesNotContain(masks[0].Real[1..], heard, StringComparison.Ordinal);
        Assert.Equal("busy", Text((await house.Log(masks[1].Shown, 1)).GetProperty("items")[0], "status"));
    }

    [Fact]
    public async Task A_caller_without_a_mask_is_withheld()
    {
        await house.AllThere();
        var masks = await Masks(1);
        await using var callee = await Sipp.Waits("masked_answers", house.Lab.TrunkOut, 1);
        (
            await Sipp.Runs("masked_caller", house.Lab.Kamailio, house.Lab.TrunkIn, [$"{masks[0].Shown};+74957654321"])
        ).AllGood(1);
        var invite = (await callee.Ends()).Received.First(message => message.StartsWith("INVITE"));
        Assert.Matches("From: *\"?Anonymous\"? *<sip:anonymous@anonymous.invalid>", invite);
        Assert.Contains("Privacy: id", invite, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shown_number_that_shows_nobody_is_not_found_and_logged_and_nobody_is_called()
    {
        await house.AllThere();
        await Masks(1);
        await using var trunk = await Sipp.Waits("answers", house.Lab.TrunkOut, 1);
        await Refused(404, Shown(9), "+74957654321");
        Assert.Equal("unmapped", Text((await house.Log(Shown(9), 1)).GetProperty("items")[0], "status"));
        Assert.Empty(trunk.Received);
    }

    [Fact]
    public async Task What_comes_from_the_trunk_out_to_a_shown_number_is_refused()
    {
        await house.AllThere();
        var masks = await Masks(1);
        await Refused(403, masks[0].Shown, "+74957654321", house.Lab.TrunkOut);
        await using var trunk = await Sipp.Waits("answers", house.Lab.TrunkOut, 1);
        (await Call(masks[0].Shown, "+74957654321")).AllGood(1);
    }

    [Fact]
    public async Task A_blocked_caller_and_one_call_too_many_are_declined()
    {
        await house.AllThere();
        var (real, shown) = ($"+7926{_block}0001", Shown(1));
        await house.Post(
            "masks",
            $$"""{"real": "{{real}}", "shown": "{{shown}}", "calls_max": 1, "blocked": ["+74950000001"]}""",
            201
        );
        await house.Until("masks/lookup/real/" + shown, _ => true, 404);
        await Refused(603, shown, "+74950000001");
        await using var callee = await Sipp.Waits("answers", house.Lab.TrunkOut, 1);
        (await Call(shown, "+74950000002")).AllGood(1);
        await Refused(603, shown, "+74950000002");
    }

    [Fact]
    public async Task While_the_house_is_down_masked_calls_go_on_by_the_database_and_are_logged_when_it_is_back()
    {
        // More than one turn of telling takes.
        const int Calls = 150;
        await house.AllThere();
        var masks = await Masks(2);
        await using var callee = await Sipp.Waits("answers", house.Lab.TrunkOut, Calls);
        var running = Sipp.Runs("caller", house.Lab.Kamailio, house.Lab.TrunkIn, Lines(masks, Calls), 50);
        await house.Until("/health/live", _ => callee.Received.Count(m => m.StartsWith("INVITE")) >= 20);
        house.House.Shut();
        (await running).AllGood(Calls);
        house.House.Open();
        var log = await house.Log(masks[1].Shown, Calls);
        Assert.All(log.GetProperty("items").EnumerateArray(), call => Assert.Equal("answered", Text(call, "status")));
    }

    [Fact]
    public async Task When_both_are_down_the_answer_is_clear_and_nobody_is_called()
    {
        var masks = await Masks(2);
        await house.BothAreDown();
        await using var trunk = await Sipp.Waits("answers", house.Lab.TrunkOut, 1);
        var refused = await Refused(503, masks[1].Shown, masks[0].Real);
        Assert.Contains(
            refused.Received,
            answer => answer.StartsWith("SIP/2.0 503 Number Look-Up Unavailable") && answer.Contains("Retry-After: 10")
        );
        Assert.Empty(trunk.Received);
    }

    [Fact]
    public async Task A_message_to_a_subscriber_arrives_in_the_house_as_an_SMS()
    {
        await house.AllThere();
        var number = $"+7916{_block}0001";
        await house.Speaker(number);
        var sent = await Sipp.Runs(
            "message",
            house.Lab.Kamailio,
            house.Lab.TrunkIn,
            [$"{number};+74951234567"],
            50,
            ("text", "Soup is ready."),
            ("status", "202")
        );
        sent.AllGood(1);
        var list = await house.Until(
            "sms?msisdn=" + Uri.EscapeDataString(number),
            page => page.GetProperty("items").GetArrayLength() == 1
        );
        var sms = list.GetProperty("items")[0];
        Assert.Equal(("+74951234567", "Soup is ready."), (Text(sms, "from"), Text(sms, "text")!.TrimEnd()));
    }

    private async Task CallEachOther((string Real, string Shown)[] callers, (string Real, string Shown)[] callees)
    {
        await using var waiting = await Sipp.Waits("masked_answers", house.Lab.TrunkOut, callers.Length);
        string[] lines = [.. callers.Zip(callees, (caller, callee) => $"{callee.Shown};{caller.Real}")];
        var calls = await Sipp.Runs("masked_caller", house.Lab.Kamailio, house.Lab.TrunkIn, lines, 100);
        calls.AllGood(callers.Length);
        var answered = await waiting.Ends();
        answered.AllGood(callers.Length);

        // Every number that stands anywhere in what each side received, whatever header or line it stands in.
        var seenByCallees = Numbers(answered.Received);
        var seenByCallers = Numbers(calls.Received);
        Assert.Empty(seenByCallees.Intersect(callers.Select(caller => caller.Real[1..])));
        Assert.Empty(seenByCallers.Intersect(callees.Select(callee => callee.Real[1..])));
        // That it looks where there is something to be found.
        Assert.Empty(callers.Select(caller => caller.Shown[1..]).Except(seenByCallees));
        Assert.Empty(callers.Select(caller => caller.Real[1..]).Except(seenByCallers));
    }

    private static HashSet<string> Numbers(string[] messages) =>
        [.. messages.SelectMany(message => Number().Matches(message)).Select(found => found.Value)];

    private Task<(string Real, string Shown)[]> Masks(int count) =>
        house.Masks(
            $"pool-{_block}",
            Shown(0),
            Shown(9),
            [.. Enumerable.Range(0, count).Select(i => $"+7926{_block}{i:0000}")]
        );

    private string Shown(int number) => $"+7800{_block}{number:0000}";

    private static string[] Lines((string Real, string Shown)[] masks, int count) =>
        [.. Enumerable.Repeat($"{masks[1].Shown};{masks[0].Real}", count)];

    private Task<Calls> Call(string shown, string caller, params (string, string)[] words) =>
        Sipp.Runs("caller", house.Lab.Kamailio, house.Lab.TrunkIn, [$"{shown};{caller}"], 50, words);

    private async Task<Calls> Refused(int status, string shown, string caller, string? from = null)
    {
        var calls = await Sipp.Runs(
            "refused",
            house.Lab.Kamailio,
            from ?? house.Lab.TrunkIn,
            [$"{shown};{caller}"],
            50,
            ("status", $"{status}")
        );
        calls.AllGood(1);
        return calls;
    }

    private static string? Text(JsonElement json, string member) => json.GetProperty(member).GetString();

    [GeneratedRegex("7[0-9]{10}")]
    private static partial Regex Number();
}
