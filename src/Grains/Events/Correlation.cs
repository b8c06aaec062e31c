using IotOrleans.Incidents;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Events;

/// <summary>
/// Ten smoke sensors of one flat tell of one fire. The subscriber knows which incident a rule opened last; the event
/// joins it if it still runs. When in doubt the event has an incident of its own: rather a call too many than too few.
/// </summary>
internal static class Correlation
{
    private const int LooksMax = 10;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>An incident that is busy for longer takes nobody in.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static async Task<Decision> Settle(
        IGrainFactory grains,
        TimeProvider clock,
        Situation situation,
        Decision decision
    )
    {
        if (situation.Device.Msisdn is not { } number)
            return decision;
        foreach (var rule in situation.Rules.Where(rule => rule.CorrelateSeconds > 0 || rule.Corroboration is not null))
        {
            if (Array.Find(decision.Incidents, opened => opened.RuleId == rule.RuleId) is not { } own)
                continue;
            var joined = new JoinedEvent(
                situation.Device.DeviceId,
                situation.Event.EventId,
                situation.Device.Title,
                situation.Now,
                situation.Device.Room
            );
            var place = rule.Corroboration is null ? "" : PlaceOf(situation.Device);
            if (await Find(grains, clock, number, (place, rule), own, joined) is { } open)
                decision = decision.Joining(own, open);
        }
        return decision;
    }

    /// <summary>Devices confirm each other that look at the same place.</summary>
    public static string PlaceOf(Devices.DeviceRegistration device) =>
        (device.Zone ?? device.Room ?? "").ToUpperInvariant();

    private static async Task<IncidentId?> Find(
        IGrainFactory grains,
        TimeProvider clock,
        Msisdn number,
        (string Place, Rule Rule) among,
        Incident own,
        JoinedEvent joined
    )
    {
        var subscriber = grains.Subscriber(number);
        var (place, rule) = among;
        var window = TimeSpan.FromSeconds(Math.Max(rule.CorrelateSeconds, rule.Corroboration?.WithinSeconds ?? 0));
        var open = await subscriber.CorrelateAt(place, rule.RuleId, own.IncidentId, insteadOf: null, window);
        for (var look = 0; look < LooksMax && open != own.IncidentId; look++)
        {
            var answer = await Join(grains, clock, open, joined);
            if (answer == Refusal.None)
                return open;
            // Not found: its event is being made durable just now, or never was.
            if (answer == Refusal.NotFound && look < LooksMax - 1)
                await Task.Delay(Pause, clock);
            else
                open = await subscriber.CorrelateAt(place, rule.RuleId, own.IncidentId, insteadOf: open, window);
        }
        return null;
    }

    private static async Task<Refusal> Join(
        IGrainFactory grains,
        TimeProvider clock,
        IncidentId open,
        JoinedEvent joined
    )
    {
        try
        {
            return await grains.Incident(open).Join(joined).WaitAsync(Patience, clock);
        }
        catch (Exception trouble) when (trouble is TimeoutException or OrleansException)
        {
            return Refusal.Ended;
        }
    }
}
