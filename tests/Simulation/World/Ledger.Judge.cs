using IotOrleans.Calls;
using IotOrleans.Incidents;
using IotOrleans.Postings;
using IotOrleans.Rules;

namespace IotOrleans.Simulation;

/// <summary>What must hold at the end of every day, whatever went wrong in it.</summary>
internal sealed partial class Ledger
{
    public void Judge()
    {
        foreach (var ((id, device), _) in _receipts)
            Demand(Rows.Event(id, device) is not null, $"{id} was accepted and lost");
        foreach (var (entry, incidents) in Rows.Events)
        {
            foreach (var incident in incidents)
                Demand(
                    Rows.Incident(incident) is { IsRunning: false },
                    $"incident {world.Name(incident)} of {entry.Event.EventId} has not ended"
                );
        }
        foreach (var incident in Rows.Incidents)
            Judge(incident);
        foreach (var leg in Rows.Legs)
            Judge(leg);
        foreach (var posting in Rows.Postings.Values)
            Judge(posting);
        Oracle.Judge(world, Demand);
        JudgeQuiet();
    }

    private void Demand(bool holds, string what)
    {
        if (!holds)
            Break(what);
    }

    /// <summary>Nothing is left anywhere: no row, no channel, no grain that still waits.</summary>
    private void JudgeQuiet()
    {
        foreach (var incident in Rows.OpenIncidents)
            Break($"incident {world.Name(incident.IncidentId)} never ended");
        foreach (var leg in Rows.LivingLegs)
            Break($"leg {world.Name(leg.CallId)} never ended: {leg.Phase}");
        foreach (var channel in world.Switches.SelectMany(one => one.Living))
            Demand(
                channel.IsInbound || Rows.Leg(channel.Id)?.HangupCause == HangupCauses.Lost,
                $"call {world.Name(channel.Id)} was never hung up"
            );
        foreach (var activation in world.Life?.Engine.Awake ?? [])
            Demand(!activation.IsBusy, $"{activation.GrainId} is stuck");
    }

    private void Judge(CallLeg leg)
    {
        var name = world.Name(leg.CallId);
        if (!Rows.Cdrs.TryGetValue(leg.CallId, out var cdr))
        {
            Break($"leg {name} has no CDR");
            return;
        }
        Demand(cdr.HangupCause == leg.HangupCause, $"the CDR of leg {name} tells of another end");
        Demand(
            leg.AnsweredAt is null || leg.Direction == CallDirection.Inbound || _pickedUp.Contains(leg.CallId),
            $"leg {name} was answered by nobody"
        );
        if (leg.HangupCause == HangupCauses.Lost)
            JudgeLost(leg);
        if (leg.Direction == CallDirection.Inbound || _orders.ContainsKey(leg.CallId))
            return;
        Demand(
            leg.HangupCause is HangupCauses.OriginatorCancel or HangupCauses.LoseRace or HangupCauses.OrderExpired
                || (leg.HangupCause == HangupCauses.Lost && !world.Day.IsCalm),
            $"leg {name} to {leg.To} was never ordered, and ended {leg.HangupCause}"
        );
        Demand(
            leg.HangupCause != HangupCauses.OrderExpired || !world.Day.IsCalm,
            $"leg {name} was too late on a calm day"
        );
    }

    private void Judge(Incident incident)
    {
        var name = world.Name(incident.IncidentId);
        var expected = new HashSet<CallId>();
        foreach (var dial in incident.Dials.Where(dial => dial.Target is not null))
        {
            for (var attempt = 1; attempt <= dial.Attempts; attempt++)
                expected.Add(CallLeg.IdOf(incident.IncidentId, dial.Step, dial.Target!.Value, attempt));
            JudgeAttempts(incident, dial);
            JudgePauses(incident, dial);
        }
        foreach (var id in expected)
            Demand(Rows.Leg(id) is not null, $"incident {name} speaks of leg {world.Name(id)}, which is not on disk");
        var others = Rows.Legs.Where(leg => leg.IncidentId == incident.IncidentId && !expected.Contains(leg.CallId));
        foreach (var leg in others)
            Break($"incident {name} knows nothing of leg {world.Name(leg.CallId)}");
        JudgeEnd(incident, expected);
        if (world.Day.IsCalm)
            JudgeCalm(incident, expected);
    }

    private void JudgeAttempts(Incident incident, Dial dial)
    {
        var call = (CallAction)incident.Actions[dial.Step % incident.Actions.Length];
        var legs = Enumerable
            .Range(1, dial.Attempts)
            .Select(attempt => Rows.Leg(CallLeg.IdOf(incident.IncidentId, dial.Step, dial.Target!.Value, attempt)))
            .ToArray();
        var unknown = legs.Any(leg => leg?.HangupCause == HangupCauses.Lost);
        var isOpen = legs.Any(leg =>
            leg is { HangupCause: HangupCauses.Lost } && (leg.AnsweredAt is null || call.NeedsKey)
        );
        var most = call.Attempts + (incident.IsLifeSafety && unknown ? 1 : 0);
        Demand(dial.Attempts <= most, $"{dial.Who} was tried {dial.Attempts} times of {most}");
        Demand(
            !(isOpen && incident is { IsLifeSafety: true, Status: IncidentStatus.Failed, Escalation: null, Note: null })
                || dial.Attempts > 1
                || legs.Any(leg => leg is not null && HasPassed(leg.CallId))
                || incident.Dials.Any(other => other.Step == dial.Step && other.Reached),
            $"nobody knows whether {dial.Who} was reached about an alarm, and it was not tried once more"
        );
        // Whoever reads of more tries than were asked for reads why.
        Demand(
            dial.Attempts <= call.Attempts
                || incident.Attempts.Any(row => row.Outcome == "unknown" || row.Detail == "nobody knows how it ended"),
            $"{dial.Who} was tried once more, and nothing says why"
        );
    }

    private void JudgeEnd(Incident incident, HashSet<CallId> legs)
    {
        var name = world.Name(incident.IncidentId);
        Demand(
            incident.Note != "nobody was reached in time" || world.Day.Acts.Any(act => act is ClockIsSet),
            $"incident {name} was given up, and nobody had gone on with it"
        );
        var isAnswered = legs.Any(_pickedUp.Contains);
        var isSent = incident.Attempts.Any(row => row.Outcome is "delivered" or "sent");
        if (incident.Status == IncidentStatus.Completed)
            Demand(
                isAnswered || isSent || incident.Attempts.Length == 0,
                $"incident {name} completed, and reached nobody"
            );
        if (incident.Status == IncidentStatus.Acknowledged)
            Demand(
                _acknowledgeable.Contains(incident.IncidentId)
                    || _pressed.Any(press => press.Key == "1" && legs.Contains(press.Leg)),
                $"incident {name} was acknowledged by nobody"
            );
        if (incident.Status == IncidentStatus.Cancelled)
            Demand(
                _acknowledgeable.Contains(incident.IncidentId)
                    || _pressed.Any(press => press.Key == "2" && legs.Contains(press.Leg)),
                $"incident {name} was called off by nobody"
            );
        if (incident.Status is not (IncidentStatus.Completed or IncidentStatus.Failed) || incident.Note is not null)
            return;
        foreach (var (call, step) in incident.Actions.Select((action, step) => (action as CallAction, step)))
        {
            foreach (var target in call?.Targets ?? [])
                Demand(
                    incident.Attempts.Any(row => row.Action == "call" && row.Target == target.ToString()),
                    $"incident {name} never tried {target} of step {step}"
                );
        }
    }

    /// <summary>Nothing went wrong, so what people did is what came of it.</summary>
    private void JudgeCalm(Incident incident, HashSet<CallId> legs)
    {
        var name = world.Name(incident.IncidentId);
        var closed = Rows.ClosedAt[incident.IncidentId];
        var pressed = _pressed.Exists(press =>
            press.Key is "1" or "2"
            && legs.Contains(press.Leg)
            && press.At < closed - TimeSpan.TicksPerSecond
            && Rows.Leg(press.Leg) is { Order.NeedsKey: true }
        );
        Demand(!pressed, $"incident {name}: 1 or 2 was pressed, and it went on");
        JudgeNext(incident, legs);
        var isKeyless =
            incident.Escalation is null && !incident.Actions.OfType<CallAction>().Any(call => call.NeedsKey);
        if (incident.Status == IncidentStatus.Failed && isKeyless)
            Demand(!legs.Any(_pickedUp.Contains), $"incident {name} failed although somebody answered");
        foreach (var row in incident.Attempts.Where(row => row.CallId is { } id && legs.Contains(id)))
            Demand(row.Outcome != "unknown", $"incident {name}: nobody knows what became of a call on a calm day");
    }

    private void Judge(Posting posting)
    {
        var id = posting.PostingId.ToString("D");
        Demand(posting.DueAt is null, $"posting {id} was never settled");
        Demand(
            posting.Order.Kind != PostingKind.Sms
                || _arrived.GetValueOrDefault(id) <= (posting.Order.LifeSafety ? 2 : 1),
            $"SMS {id} arrived {_arrived.GetValueOrDefault(id)} times"
        );
        // One that was cut off between its mark and its hand-over says that nobody knows; an alarm's, cut off twice.
        var mayBeUnknown = !posting.Order.LifeSafety || world.Day.Acts.Count(act => act is Dies) >= 2;
        Demand(
            _handed.GetValueOrDefault(id) > 0 || (mayBeUnknown && posting.Status == PostingStatus.Unknown),
            $"posting {id} was never handed over"
        );
        Demand(
            posting.Status != PostingStatus.Sent || _arrived.GetValueOrDefault(id) > 0,
            $"posting {id} is said to be sent, and never arrived"
        );
    }
}
