using FsCheck.Fluent;
using IotOrleans.Calls;
using IotOrleans.Subscribers;

namespace IotOrleans.Simulation.Pure;

/// <summary>Legs and their line, whatever is told in whatever order.</summary>
public sealed class CallProperties
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    private static readonly SwitchEvent[] Facts =
    [
        new(SwitchEventKind.Ringing, Noon),
        new(SwitchEventKind.Answered, Noon),
        new(SwitchEventKind.Bridged, Noon),
        new(SwitchEventKind.Dtmf, Noon, "5"),
        new(SwitchEventKind.Dtmf, Noon, "1"),
        new(SwitchEventKind.HungUp, Noon, "NORMAL_CLEARING"),
    ];

    [Fact]
    public void A_leg_never_goes_back_and_ends_once_however_its_events_come() =>
        Given.Any(
            Gen.Elements(Facts).ListOf(14),
            events =>
            {
                var leg = New();
                var ends = 0;
                foreach (var change in events)
                {
                    if (leg.After(change, Noon) is not { } next)
                        continue;
                    if (next.Phase < leg.Phase || (leg.IsAcknowledged && !next.IsAcknowledged))
                        return false;
                    ends += next.IsOver ? 1 : 0;
                    leg = next;
                }
                return ends == (events.Any(one => one.Kind == SwitchEventKind.HungUp) ? 1 : 0);
            }
        );

    [Fact]
    public void What_is_told_twice_is_told_once() =>
        Given.Any(
            Gen.Elements(Facts).ListOf(10),
            events => Told(events) == Told(events.SelectMany(one => new[] { one, one }))
        );

    [Fact]
    public void The_line_to_a_switch_never_gives_more_room_than_there_is_and_forgets_nobody() =>
        Given.Any(
            Gen.Choose(1, 5).Zip(Gen.Choose(1, 5)).Zip(Gen.Choose(0, 1).ListOf(30)),
            one =>
            {
                var ((perSecond, most), urgent) = one;
                var limits = new MediaServerOptions
                {
                    CallsPerSecond = perSecond,
                    CallsMax = most,
                    LifeSafetyReservePercent = 0,
                };
                var (queue, granted, living) = (new DialQueue(limits, Noon), new List<CallId>(), new Queue<CallId>());
                foreach (var kind in urgent)
                {
                    var id = new CallId(NamedId.Of($"{granted.Count}", $"{queue.Waiting}"));
                    if (queue.Ask(id, kind == 1, Noon) == Admission.Granted)
                        Grant(id);
                }
                for (var second = 1; second < 200 && queue.Waiting > 0; second++)
                {
                    foreach (var id in queue.TakeDue(Noon.AddSeconds(second)))
                        Grant(id);
                    if (queue.Calls > most)
                        return false;
                    if (living.TryDequeue(out var over))
                        queue.Leave(over);
                }
                return granted.Distinct().Count() == urgent.Count && granted.Count == urgent.Count;

                void Grant(CallId id)
                {
                    granted.Add(id);
                    living.Enqueue(id);
                }
            }
        );

    private static CallLeg Told(IEnumerable<SwitchEvent> events) =>
        events.Aggregate(New(), (leg, change) => leg.After(change, Noon) ?? leg);

    private static CallLeg New() =>
        CallLeg.New(new(Guid.Empty), new(new Msisdn("79160000010"), null, null, true, 30, true), "trace", Noon);
}
