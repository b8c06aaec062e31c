using IotOrleans.Calls;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Incidents;

/// <summary>What an incident does next, and when.</summary>
public sealed partial record Incident
{
    private int StepCount => Actions.Length * (1 + (Escalation?.Repeats ?? 0));

    private RuleAction ActionAt(int step) => Actions[step % Actions.Length];

    /// <summary>Goes on as far as it can now: which legs to order, and which other action is due.</summary>
    public IncidentMove Advance(DateTimeOffset now, DialGate gate)
    {
        if (IsRunning && HeldUntil > now)
            return new(this with { DueAt = HeldUntil }, [], null);
        var legs = new List<CallLeg>();
        var here = HeldUntil is null ? this : this with { HeldUntil = null };
        if (IsRunning && Corroboration is { } needed)
            here = here.Alone(needed, now);
        return Escalation is null ? here.Run(now, gate, legs) : here.Climb(Escalation, now, gate, legs);
    }

    /// <summary>Actions in order; those that need not wait for people do not hold up the next.</summary>
    private IncidentMove Run(DateTimeOffset now, DialGate gate, List<CallLeg> legs)
    {
        var here = this;
        // Who is to be tried again for an earlier action does not wait until a later one is done.
        for (var step = 0; here.IsRunning && step < here.Step; step++)
        {
            if (here.Actions[step] is CallAction call)
                here = here.DialStep(step, call, now, gate, legs);
        }
        while (here.IsRunning && here.Step < here.Actions.Length)
        {
            if (here.Actions[here.Step] is not CallAction call)
                return here.Moved(legs, now, here.Actions[here.Step]);
            here = here.DialStep(here.Step, call, now, gate, legs);
            if (Holds(call) && !here.IsDone(here.Step))
                return here.Moved(legs, now, null);
            here = here with { Step = here.Step + 1 };
        }
        if (here.IsRunning && here.Step >= here.Actions.Length && here.Dials.All(dial => dial.IsDone))
        {
            here = here.Close(here.Succeeded ? IncidentStatus.Completed : IncidentStatus.Failed, now);
        }
        return here.Moved(legs, now, null);
    }

    /// <summary>
    /// One step after another, each for its time, until somebody acknowledges or the ladder is at its end.
    /// </summary>
    private IncidentMove Climb(Escalation escalation, DateTimeOffset now, DialGate gate, List<CallLeg> legs)
    {
        var here = this;
        while (here.IsRunning && here.Step < here.StepCount)
        {
            var action = here.ActionAt(here.Step);
            var call = action as CallAction;
            // Its time begins when it has been carried out.
            if (call is null && here.StepEndsAt is null)
                return here.Moved(legs, now, action);
            here = here with { StepEndsAt = here.StepEndsAt ?? now.AddSeconds(escalation.WaitSeconds) };
            if (call is not null)
                here = here.DialStep(here.Step, call, now, gate, legs);
            var isHopeless = call is not null && here.IsDone(here.Step);
            if (now < here.StepEndsAt && !isHopeless)
                return here.Moved(legs, now, null);
            here = here with { Step = here.Step + 1, StepEndsAt = null };
        }
        // A line that is still open may yet acknowledge.
        if (here.IsRunning && here.Dials.All(dial => dial.Stage is DialStage.Waiting or DialStage.Done))
            here = here.Close(IncidentStatus.Failed, now) with { Note = "nobody acknowledged" };
        return here.Moved(legs, now, null);
    }

    private bool Succeeded =>
        !Actions.OfType<CallAction>().Any(call => call.NeedsKey)
        && (Attempts.Any(attempt => attempt.Outcome is "answered" or "delivered" or "sent") || Attempts.Length == 0);

    // A ladder holds up what comes after it; a call that everybody gets does not.
    private static bool Holds(CallAction call) => call.Mode != CallMode.All || call.NeedsKey;

    private bool IsDone(int step) => Dials.Where(dial => dial.Step == step).All(dial => dial.IsDone);

    private Incident DialStep(int step, CallAction call, DateTimeOffset now, DialGate gate, List<CallLeg> legs)
    {
        var here = Dials.Any(dial => dial.Step == step)
            ? this
            : this with
            {
                Dials = [.. Dials, .. call.Targets.Distinct().Select(target => FirstDial(step, target, now))],
            };
        for (var index = 0; index < here.Dials.Length; index++)
        {
            var dial = here.Dials[index];
            if (dial.Step != step || !dial.IsDue(now))
                continue;
            if (call.Mode != CallMode.All && here.Dials.Any(other => other.Step == step && other.IsBusy))
                break;
            here = here.Order(index, call, now, gate, legs);
        }
        return here;
    }

    // Who has just declined is not rung at once, whichever step it is.
    private Dial FirstDial(int step, Msisdn target, DateTimeOffset now)
    {
        var who = target.ToString();
        var declined = Attempts.Where(attempt => attempt.Target == who && NextTry.IsDeclined(attempt.Outcome));
        var until = declined.Max(attempt => (DateTimeOffset?)attempt.At) + NextTry.AfterDecline;
        return new(step, target, NextAt: until > now ? until : null);
    }

    private Incident Order(int index, CallAction call, DateTimeOffset now, DialGate gate, List<CallLeg> legs)
    {
        var dial = Dials[index];
        if (gate.Refuses(dial.Target!.Value) is { } reason)
        {
            return Replace(index, dial with { Stage = DialStage.Done }).Noted(new("call", dial.Who, reason, now));
        }
        var attempt = dial.Attempts + 1;
        var leg = CallLeg.Ordered(this, dial, attempt, call, now, gate.HasLineFor(IsLifeSafety));
        legs.Add(leg);
        return Replace(index, dial with { Stage = DialStage.Ordered, Attempts = attempt, CallId = leg.CallId })
            .Noted(new("call", dial.Who, "ordered", now, leg.CallId));
    }

    private Incident NotNeeded(DateTimeOffset now)
    {
        var here = this;
        for (var step = 0; step < StepCount; step++)
            here = here.SkipStep(step, now);
        foreach (var action in Actions.Skip(StepEndsAt is null ? Step : Step + 1))
        {
            if (action is CallAction call && here.Dials.All(dial => dial.Step != Array.IndexOf(Actions, action)))
            {
                var skipped = call.Targets.Select(target => new IncidentAttempt(
                    "call",
                    target.ToString(),
                    "not_needed",
                    now
                ));
                here = here with { Attempts = [.. here.Attempts, .. skipped] };
            }
            else if (action is not CallAction)
            {
                here = here.Noted(new(action.Name(), "", "not_needed", now));
            }
        }
        return here;
    }

    private IncidentMove Moved(List<CallLeg> legs, DateTimeOffset now, RuleAction? action)
    {
        if (!IsRunning)
            return new(this, [.. legs], null);
        var due = now + LookAgain;
        var retry = Dials.Where(dial => dial.Stage == DialStage.Waiting && dial.NextAt > now).Min(dial => dial.NextAt);
        foreach (var time in new[] { retry, StepEndsAt })
            due = time > now && time < due ? time.Value : due;
        return new(this with { DueAt = action is null ? due : now }, [.. legs], action);
    }
}

/// <summary>
/// What an incident does next: a state to store, legs to order with it, and at most one other action to carry out.
/// </summary>
public sealed record IncidentMove(Incident Incident, CallLeg[] Legs, RuleAction? Action);
