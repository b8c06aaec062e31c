using System.Text.Json;
using IotOrleans.Calls;
using IotOrleans.Journal;

namespace IotOrleans.Tests;

/// <summary>An event at home becomes calls, through every part of the product.</summary>
public sealed class CallsOutTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    private readonly string _id = Guid.NewGuid().ToString("N")[..8];

    private string Device => "smoke-" + _id;

    [Fact]
    public async Task Smoke_calls_each_number_once_however_often_it_is_told()
    {
        var key = await Smoke(["+79161111111", "+79161111112"]);
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => house.Tell(key, Device, "smoke", "e-1")));
        Assert.All(answers, answer => Assert.Equal(202, answer.Status));
        Assert.Single(answers, answer => answer.Body.GetProperty("status").GetString() == "accepted");
        var incident = Assert.Single(answers.Select(Incident).Distinct());
        var ended = await house.IncidentEnds(incident);
        Assert.Equal("completed", ended.GetProperty("status").GetString());
        Assert.Equal(2, OrdersOf(ended).Length);
        Assert.All(OrdersOf(ended), leg => Assert.Equal(1, house.Switch.CallsFor(leg)));
    }

    [Fact]
    public async Task The_same_event_after_a_restart_is_still_the_same_event()
    {
        var key = await Smoke(["+79161111113"]);
        var first = await house.Tell(key, Device, "smoke", "e-1");
        await house.IncidentEnds(Incident(first));
        await house.Restart();
        var again = await house.Tell(key, Device, "smoke", "e-1");
        Assert.Equal("duplicate", again.Body.GetProperty("status").GetString());
        Assert.Equal(Incident(first), Incident(again));
        Assert.Equal(1, (await house.Get($"calls?msisdn=%2B79161111113")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task An_order_that_comes_too_late_to_its_leg_is_not_given_again()
    {
        var key = await Smoke(["+79161111100"]);
        var ended = await house.IncidentEnds(Incident(await house.Tell(key, Device, "smoke", "e-1")));
        var id = OrdersOf(ended).Single();
        var leg = (await house.Service<IJournal>().ReadLeg(new(id)))!;
        await house.Restart();
        // As it was when it was made: what a silo would hold that took it over and slept.
        var stale = leg with
        {
            Version = 1,
            Phase = CallPhase.Originating,
            EndedAt = null,
            StartedAt = leg.StartedAt - CallLeg.FirstLook,
            Order = leg.Order! with { OrderedAt = null },
        };
        var grains = house.Service<IGrainFactory>();
        await grains.GetGrain<INewLeg>("l:" + leg.CallId).Begin(stale);
        await house.Until($"calls/{id}", call => call.GetProperty("phase").GetString() == "ended", notYet: 503);
        Assert.Equal(0, house.Switch.CallsFor(id));
    }

    [Theory]
    [InlineData("+79162222200", "user_busy")]
    [InlineData("+79162222202", "call_rejected")]
    [InlineData("+79162222203", "unallocated_number")]
    public async Task Who_cannot_be_reached_is_told_with_the_reason(string number, string outcome)
    {
        var key = await Smoke([number]);
        var ended = await house.IncidentEnds(Incident(await house.Tell(key, Device, "smoke", "e-1")));
        Assert.Equal("failed", ended.GetProperty("status").GetString());
        Assert.Equal(outcome, ended.GetProperty("attempts")[0].GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task A_ladder_climbs_past_voicemail_until_somebody_presses_1()
    {
        var key = await Smoke(
            ["+79163333300", "+79163333304", "+79163333305", "+79163333311"],
            """, "mode": "until_acknowledged", "ack": "dtmf" """
        );
        var ended = await house.IncidentEnds(Incident(await house.Tell(key, Device, "smoke", "e-1")));
        Assert.Equal("acknowledged", ended.GetProperty("status").GetString());
        Assert.Equal("+79163333305", ended.GetProperty("acknowledged_by").GetString());
        Assert.Equal(
            ["user_busy", "answered", "acknowledged", "not_needed"],
            ended.GetProperty("attempts").EnumerateArray().Select(attempt => attempt.GetProperty("outcome").GetString())
        );
        Assert.Equal(3, OrdersOf(ended).Length);
    }

    [Fact]
    public async Task Another_key_than_1_acknowledges_nothing_and_is_told()
    {
        var key = await Smoke(["+79163333406", "+79163333405"], """, "mode": "until_acknowledged", "ack": "dtmf" """);
        var ended = await house.IncidentEnds(Incident(await house.Tell(key, Device, "smoke", "e-1")));
        Assert.Equal("+79163333405", ended.GetProperty("acknowledged_by").GetString());
        Assert.Equal(
            "pressed 9, which acknowledges nothing",
            ended.GetProperty("attempts")[0].GetProperty("detail").GetString()
        );
    }

    [Fact]
    public async Task Congestion_is_tried_again_until_it_is_over()
    {
        var key = await Smoke(["+79164444407"], """, "attempts": 3, "retry_seconds": 0 """);
        var ended = await house.IncidentEnds(Incident(await house.Tell(key, Device, "smoke", "e-1")));
        Assert.Equal("completed", ended.GetProperty("status").GetString());
        Assert.Equal(3, ended.GetProperty("attempts").GetArrayLength());
    }

    [Fact]
    public async Task Every_call_leaves_one_record_that_leads_back_to_its_event()
    {
        var key = await Smoke(["+79165555511"]);
        var answer = await house.Tell(key, Device, "smoke", "e-" + _id);
        var ended = await house.IncidentEnds(Incident(answer));
        var cdrs = await house.Until(
            "cdrs?msisdn=%2B79165555511",
            page => page.GetProperty("items").GetArrayLength() > 0
        );
        var cdr = Assert.Single(cdrs.GetProperty("items").EnumerateArray());
        Assert.Equal("e-" + _id, cdr.GetProperty("event_id").GetString());
        Assert.Equal(Incident(answer), cdr.GetProperty("incident_id").GetString());
        Assert.Equal(ended.GetProperty("trace_id").GetString(), cdr.GetProperty("trace_id").GetString());
        Assert.Equal("NORMAL_CLEARING", cdr.GetProperty("hangup_cause").GetString());
    }

    [Fact]
    public async Task An_event_without_a_rule_is_recorded_and_calls_nobody()
    {
        var key = await house.Register(Device, "sensor_smoke");
        var (status, body) = await house.Tell(key, Device, "smoke", "quiet-" + _id);
        Assert.Equal(202, status);
        Assert.Equal(0, body.GetProperty("incidents").GetArrayLength());
        Assert.Equal(Device, (await house.Get($"event-logs/quiet-{_id}")).GetProperty("device_id").GetString());
    }

    [Fact]
    public async Task Emergency_services_are_never_dialled_until_two_administrators_have_said_so()
    {
        var key = await Smoke(["112"]);
        var ended = await house.IncidentEnds(Incident(await house.Tell(key, Device, "smoke", "e-1")));
        Assert.Equal(
            "emergency_number_not_enabled",
            ended.GetProperty("attempts")[0].GetProperty("outcome").GetString()
        );
        var approved = await house.Post("emergency-numbers/approve", "{}", 200);
        Assert.False(approved.GetProperty("may_be_dialled").GetBoolean());
        approved = await house.Post("emergency-numbers/approve", "{}", 200);
        Assert.False(approved.GetProperty("may_be_dialled").GetBoolean());
        await house.Post("emergency-numbers/switch-off", "{}", 200);
    }

    [Fact]
    public async Task Acknowledging_by_hand_ends_what_still_rings()
    {
        var key = await Smoke(["+79166666601"]);
        var incident = Incident(await house.Tell(key, Device, "smoke", "e-1"));
        await house.Until(
            "calls?msisdn=%2B79166666601",
            page =>
                page.GetProperty("items")
                    .EnumerateArray()
                    .Any(call => call.GetProperty("phase").GetString() == "ringing")
        );
        var known = await house.Post($"incidents/{incident}/acknowledge", """{"by": "olga", "note": "toast"}""", 200);
        Assert.Equal("acknowledged", known.GetProperty("status").GetString());
        await house.Until(
            "calls?msisdn=%2B79166666601",
            page =>
                page.GetProperty("items").EnumerateArray().All(call => call.GetProperty("phase").GetString() == "ended")
        );
    }

    [Fact]
    public async Task A_line_that_breaks_loses_no_call_and_makes_none_twice()
    {
        var key = await Smoke(["+79167777701"], """, "ring_seconds": 5 """);
        var incident = Incident(await house.Tell(key, Device, "smoke", "e-1"));
        await house.Until(
            "calls?msisdn=%2B79167777701",
            page =>
                page.GetProperty("items")
                    .EnumerateArray()
                    .Any(call => call.GetProperty("phase").GetString() == "ringing")
        );
        house.Switch.DropLinks();
        var leg = OrdersOf(await house.Get($"incidents/{incident}")).Single();
        house.Switch.HangUp(leg, "CALL_REJECTED");
        var ended = await house.IncidentEnds(incident);
        Assert.All(OrdersOf(ended), order => Assert.Equal(1, house.Switch.CallsFor(order)));
    }

    [Fact]
    public async Task A_dry_run_tells_what_would_happen_and_does_nothing()
    {
        await Smoke(["+79168888811"]);
        var answer = await house.Post(
            $"rules/rule-{_id}/dry-run",
            $$$"""{"event": {"device_id": "{{{Device}}}", "event_type": "smoke"}}""",
            200
        );
        Assert.True(answer.GetProperty("would_act").GetBoolean());
        Assert.Equal(0, (await house.Get("calls?msisdn=%2B79168888811")).GetProperty("items").GetArrayLength());
    }

    private async Task<string> Smoke(string[] targets, string more = "")
    {
        var key = await house.Register(Device, "sensor_smoke");
        await house.CallRule("rule-" + _id, "smoke", $$"""{"device_id": "{{Device}}"}""", targets, more);
        return key;
    }

    private static string Incident((int Status, JsonElement Body) answer) =>
        answer.Body.GetProperty("incidents")[0].GetString()!;

    private static Guid[] OrdersOf(JsonElement incident) =>
        [
            .. incident
                .GetProperty("attempts")
                .EnumerateArray()
                .Where(attempt => attempt.TryGetProperty("call_id", out _))
                .Select(attempt => attempt.GetProperty("call_id").GetGuid()),
        ];
}
