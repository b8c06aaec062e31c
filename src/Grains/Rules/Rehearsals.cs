namespace IotOrleans.Rules;

/// <inheritdoc cref="IRehearsals"/>
internal sealed class Rehearsals(IEventHistory history) : IRehearsals
{
    public async Task<Rehearsal> Rehearse(RehearsalOrder order, CancellationToken cancellation)
    {
        var rule = new RehearsalRun(order.Rule);
        var current = order.Current is { } known ? new RehearsalRun(known) : null;
        var items = new List<RehearsalItem>();
        var (seen, acted, gained, lost, isMore) = (0, 0, 0, 0, false);
        DateTimeOffset? until = null;
        await foreach (var past in Past(order, cancellation))
        {
            if (seen == RehearsalOrder.EventsMax)
            {
                isMore = true;
                break;
            }
            seen++;
            until = past.Event.ReceivedAt;
            var now = rule.Judge(past);
            var before = current?.Judge(past);
            if (now.Calls is null && before?.Calls is null)
                continue;
            gained += current is not null && before?.Calls is null ? 1 : 0;
            lost += now.Calls is null ? 1 : 0;
            if (acted++ >= order.Offset && items.Count < order.Limit)
                items.Add(Item(past, now, before));
        }
        var shown = order.Offset + items.Count;
        return new(
            seen,
            !isMore,
            until,
            rule.Count,
            current?.Count,
            gained,
            lost,
            [.. items],
            shown < acted ? shown : null
        );
    }

    // A draft that looks elsewhere than the current rule is compared where both look: in the draft's own scope.
    private IAsyncEnumerable<PastEvent> Past(RehearsalOrder order, CancellationToken cancellation) =>
        history.Read(
            order.Rule.Scope,
            order.Rule.EventType,
            order.From,
            order.To,
            RehearsalOrder.EventsMax + 1,
            cancellation
        );

    private static RehearsalItem Item(PastEvent past, Rehearsed now, Rehearsed? before) =>
        new(
            past.Event.EventId,
            past.Event.DeviceId,
            past.Event.ReceivedAt,
            now.Outcome,
            before?.Outcome,
            before is null || now.Calls is null == before.Calls is null ? "same"
                : now.Calls is null ? "lost"
                : "gained",
            now.Calls ?? 0
        );
}
