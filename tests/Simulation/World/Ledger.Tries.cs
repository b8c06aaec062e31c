using IotOrleans.Calls;
using IotOrleans.Incidents;
using IotOrleans.Rules;

namespace IotOrleans.Simulation;

/// <summary>Who is tried again, and when.</summary>
internal sealed partial class Ledger
{
    private static readonly TimeSpan Peace = TimeSpan.FromMinutes(2);

    /// <summary>Five seconds, and what other actions may take meanwhile.</summary>
    private static readonly TimeSpan TroubleMax = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Who declines is left in peace, a number that does not exist is not dialled again, and what was only trouble on
    /// the way is soon tried once more.
    /// </summary>
    private void JudgePauses(Incident incident, Dial dial)
    {
        if (world.Day.Acts.Any(act => act is ClockIsSet))
            return;
        var call = (CallAction)incident.Actions[dial.Step % incident.Actions.Length];
        var isAlone = call.Mode == CallMode.All || incident.Dials.Count(other => other.Step == dial.Step) == 1;
        for (var attempt = 1; attempt < dial.Attempts; attempt++)
        {
            if (Leg(attempt) is not { EndedAt: { } ended } before || Leg(attempt + 1) is not { } next)
                continue;
            var pause = next.StartedAt - ended;
            var what = $"{dial.Who} was tried again {pause} after {before.HangupCause}";
            Demand(before.HangupCause != "UNALLOCATED_NUMBER", what);
            Demand(before.HangupCause != "CALL_REJECTED" || pause >= Peace, what);
            var isTrouble = before.HangupCause is "NORMAL_TEMPORARY_FAILURE" or "NORMAL_CIRCUIT_CONGESTION";
            Demand(!isTrouble || !isAlone || !world.Day.IsCalm || pause <= TroubleMax, what);
        }

        CallLeg? Leg(int attempt) =>
            Rows.Leg(CallLeg.IdOf(incident.IncidentId, dial.Step, dial.Target!.Value, attempt));
    }

    /// <summary>Who asks for the next one does not keep him waiting. Nothing else went wrong on this day.</summary>
    private void JudgeNext(Incident incident, HashSet<CallId> legs)
    {
        var all = legs.Select(Rows.Leg).OfType<CallLeg>().ToArray();
        // The next one may be left in peace.
        if (Array.Exists(all, leg => leg.HangupCause == "CALL_REJECTED"))
            return;
        foreach (var press in _pressed.Where(press => press.Key == "5" && legs.Contains(press.Leg)))
        {
            var isAsked = Rows.Leg(press.Leg) is { Order.NeedsKey: true };
            if (!isAsked || Rows.ClosedAt[incident.IncidentId] - press.At < Grace.Ticks)
                continue;
            var at = world.House.Begins.AddTicks(press.At);
            var step = incident.Dials.First(dial => LegsOf(incident, dial).Contains(press.Leg)).Step;
            var tries = incident
                .Dials.Where(dial => dial.Step == step && dial is { Target: not null, Attempts: > 0 })
                .Select(dial => LegsOf(incident, dial).Select(id => Rows.Leg(id)!.StartedAt).ToArray())
                .ToArray();
            if (!Array.Exists(tries, times => times[0] > at))
                continue;
            // Somebody who was not tried yet, or somebody whose next try has come.
            var next = tries.SelectMany(times => times).Where(started => started > at).Min();
            Demand(next <= at + Grace, $"5 was pressed, and the next one was called {next - at} later");
        }
    }

    private static IEnumerable<CallId> LegsOf(Incident incident, Dial dial) =>
        dial.Target is { } target
            ? Enumerable
                .Range(1, dial.Attempts)
                .Select(attempt => CallLeg.IdOf(incident.IncidentId, dial.Step, target, attempt))
            : [];
}
