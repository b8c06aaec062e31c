using System.Runtime.CompilerServices;
using IotOrleans.Devices;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Tests.Rules;

/// <summary>A rule tried on the past: counted rightly, the same each time, and bounded.</summary>
public sealed class RehearsalTests : IEventHistory
{
    private static readonly Rule Fire = Some.Rule(Some.Call(Some.Owner, Some.Neighbour));

    private readonly List<PastEvent> _past = [];

    [Fact]
    public async Task It_counts_how_often_it_would_have_acted_and_whom_it_would_have_called()
    {
        Happened(Some.Noon);
        Happened(Some.Noon.AddHours(11));
        Happened(Some.Noon.AddHours(12), """{"test": true}""");
        var rehearsal = await Rehearse(Fire);
        Assert.Equal(
            (3, 2, 4, 1),
            (rehearsal.EventsSeen, rehearsal.Rule.Fired, rehearsal.Rule.Calls, rehearsal.Rule.AtNight)
        );
        Assert.Equal(1, rehearsal.Rule.Outcomes["test"]);
        Assert.Equal(2, rehearsal.Rule.CallsByTarget[$"{Some.Neighbour}"]);
        Assert.True(rehearsal.Complete);
    }

    [Fact]
    public async Task What_a_device_remembers_between_two_events_is_remembered()
    {
        foreach (var minute in new[] { 0, 5, 11 })
            Happened(Some.Noon.AddMinutes(minute));
        Assert.Equal(2, (await Rehearse(Fire with { CooldownSeconds = 600 })).Rule.Fired);

        _past.Clear();
        foreach (var (minute, active) in new[] { (0, "true"), (1, "true"), (2, "false"), (3, "true") })
            Happened(Some.Noon.AddMinutes(minute), $$"""{"active": {{active}}}""");
        Assert.Equal(2, (await Rehearse(Fire)).Rule.Fired);
    }

    [Fact]
    public async Task The_difference_to_the_rule_as_it_is_is_told_event_by_event()
    {
        Happened(Some.Noon, """{"level": 3}""");
        Happened(Some.Noon.AddHours(1), """{"level": 9}""");
        var high = Fire with { Conditions = new(Payload: [new("level", PayloadOp.Gt, new("5"))]) };
        var stricter = await Rehearse(high, current: Fire);
        Assert.Equal((0, 1), (stricter.Gained, stricter.Lost));
        Assert.Equal(["lost", "same"], stricter.Items.Select(item => item.Change));
        var looser = await Rehearse(Fire, current: high);
        Assert.Equal((1, 0), (looser.Gained, looser.Lost));
    }

    [Fact]
    public async Task Events_of_one_happening_act_once()
    {
        for (var number = 0; number < 10; number++)
            Happened(Some.Noon.AddSeconds(number), device: $"smoke-{number}");
        Assert.Equal(1, (await Rehearse(Fire with { CorrelateSeconds = 60 })).Rule.Fired);

        var two = new Corroboration(Devices: 2, Otherwise: Uncorroborated.Close);
        Assert.Equal(1, (await Rehearse(Fire with { Corroboration = two })).Rule.Fired);
        _past.RemoveRange(1, 9);
        Assert.Equal(0, (await Rehearse(Fire with { Corroboration = two })).Rule.Fired);
    }

    [Fact]
    public async Task The_same_past_gives_the_same_pages_and_each_event_once()
    {
        for (var number = 0; number < 25; number++)
            Happened(Some.Noon.AddHours(number));
        var ids = new List<string>();
        for (int? offset = 0; offset is { } from; )
        {
            var page = await Rehearse(Fire, offset: from, limit: 10);
            Assert.Equal(25, page.Rule.Fired);
            ids.AddRange(page.Items.Select(item => item.EventId));
            offset = page.NextOffset;
        }
        Assert.Equal(25, ids.Distinct().Count());
        Assert.Equal(_past.Select(past => past.Event.EventId), ids);
    }

    [Fact]
    public async Task A_past_that_is_too_long_is_cut_and_that_is_said()
    {
        for (var number = 0; number <= RehearsalOrder.EventsMax; number++)
            Happened(Some.Noon.AddSeconds(number));
        var rehearsal = await Rehearse(Fire);
        Assert.False(rehearsal.Complete);
        Assert.Equal(RehearsalOrder.EventsMax, rehearsal.EventsSeen);
        Assert.Equal(Some.Noon.AddSeconds(RehearsalOrder.EventsMax - 1), rehearsal.SeenUntil);
    }

    [Fact]
    public async Task A_ladder_counts_its_first_step_and_the_most_it_could_become()
    {
        Happened(Some.Noon);
        var ladder = Fire with
        {
            Actions = [Some.Call(Some.Owner) with { Attempts = 2 }, Some.Call(Some.Neighbour)],
            Escalation = new(60, Repeats: 2),
        };
        var count = (await Rehearse(ladder)).Rule;
        Assert.Equal((1, 9), (count.Calls, count.CallsMost));
    }

    public async IAsyncEnumerable<PastEvent> Read(
        RuleScope scope,
        string eventType,
        DateTimeOffset from,
        DateTimeOffset to,
        int limit,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        foreach (var past in _past.Take(limit))
        {
            await Task.CompletedTask;
            yield return past;
        }
    }

    private void Happened(DateTimeOffset at, string payload = "{}", string? device = null)
    {
        var id = device is null ? Some.Smoke : new DeviceId(device);
        var told = Some.Event(id: $"e-{_past.Count}", payload: payload, at: at) with { DeviceId = id };
        _past.Add(new(told, Some.SmokeSensor with { DeviceId = id }, new SubscriberSettings()));
    }

    private Task<Rehearsal> Rehearse(Rule rule, Rule? current = null, int offset = 0, int limit = 1000) =>
        new Rehearsals(this).Rehearse(
            new(rule, current, Some.Noon, Some.Noon.AddDays(90), offset, limit),
            CancellationToken.None
        );
}
