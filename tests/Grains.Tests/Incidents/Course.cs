using IotOrleans.Calls;
using IotOrleans.Incidents;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Tests.Incidents;

/// <summary>An incident as its grain would move it, with a clock that the test turns.</summary>
internal sealed class Course
{
    private readonly List<CallLeg> _ordered = [];

    public Course(Rule rule) => Take(Incident.Open(rule, Some.Situation(rule)).Advance(Now, Some.Gate));

    public DateTimeOffset Now { get; private set; } = Some.Noon;

    public Incident Incident { get; private set; } = null!;

    public IEnumerable<Msisdn> Dialled => _ordered.Select(leg => leg.Order!.Number!.Value);

    public string? OutcomeOf(Msisdn who) =>
        Incident.Attempts.LastOrDefault(attempt => attempt.Target == who.ToString())?.Outcome;

    public void Pass(int seconds)
    {
        Now = Now.AddSeconds(seconds);
        Take(Incident.Advance(Now, Some.Gate));
    }

    public void Answers(Msisdn who) => Report(who, leg => new(leg, true, false, null, Now));

    public void Ends(Msisdn who, string cause) => Report(who, leg => new(leg, false, false, cause, Now));

    /// <summary>Picks up and presses a key that means something else than "I know".</summary>
    public void Presses(Msisdn who, string key, string? cause = null) =>
        Report(who, leg => new(leg, true, false, cause, Now, Key: key));

    public void Acknowledges(Msisdn who) => Report(who, leg => new(leg, true, true, null, Now));

    public void Join(JoinedEvent joined)
    {
        Incident = Incident.With(joined)!;
        Take(Incident.Advance(Now, Some.Gate));
    }

    private void Report(Msisdn who, Func<CallId, LegReport> report)
    {
        var leg = _ordered.Last(leg => leg.To == who.ToString());
        Incident = Incident.After(report(leg.CallId)) ?? throw new InvalidOperationException("Not taken.");
        if (Incident.IsRunning)
            Take(Incident.Advance(Now, Some.Gate));
    }

    private void Take(IncidentMove move)
    {
        Incident = move.Incident;
        _ordered.AddRange(move.Legs);
        if (move.Action is not { } action)
            return;
        Incident = Incident.Did(action, [new(action.Name(), "x", "delivered", Now)], Now);
        Take(Incident.Advance(Now, Some.Gate));
    }
}
