using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Incidents;
using IotOrleans.Json;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Simulation.Pure;

/// <summary>
/// Every path of a ladder: each of ten things may become of each call. The real states are moved through all of
/// them, and held against a small model at each step. With six calls these are 1,000,000, less those that end before.
/// </summary>
public sealed class LadderPathsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    private static readonly DialGate Gate = new(EmergencyNumbersMayBeDialled: false);
    private static readonly Msisdn[] People = [new("79160000010"), new("79160000020"), new("79160000030")];

    private const int Length = 6;

    private int _paths;

    [Theory]
    [InlineData(CallMode.UntilAcknowledged, 2, 30, 190_522)]
    [InlineData(CallMode.UntilAnswered, 2, 30, 61_183)]
    [InlineData(CallMode.UntilAcknowledged, 3, 0, 285_130)]
    public void A_ladder_goes_the_way_of_the_small_model_whatever_becomes_of_its_calls(
        CallMode mode,
        int attempts,
        int retrySeconds,
        int paths
    )
    {
        var call = new CallAction(People, Mode: mode, Attempts: attempts, RetrySeconds: retrySeconds);
        var model = new SmallLadder(call.NeedsKey, attempts, retrySeconds, [default, default, default]);
        Walk(Open([call], null), model, 0);
        Assert.Equal(paths, _paths);
    }

    /// <summary>Short steps are over before who has declined may be called again; long ones wait for that.</summary>
    [Theory]
    [InlineData(39, 273_394)]
    [InlineData(180, 337_042)]
    public void An_escalation_goes_from_step_to_step_until_a_key_is_pressed(int waitSeconds, int paths)
    {
        RuleAction[] steps = [.. People.Select(who => new CallAction([who], Mode: CallMode.UntilAcknowledged))];
        var model = new SmallLadder(true, 1, 0, new Try[6], waitSeconds);
        Walk(Open(steps, new Escalation(waitSeconds, Repeats: 1)), model, 0);
        Assert.Equal(paths, _paths);
    }

    private static State Open(RuleAction[] actions, Escalation? escalation)
    {
        var rule = new Rule(new("fire"), "Fire", "smoke", new(Msisdn: People[0]), actions) { Escalation = escalation };
        var device = new DeviceRegistration(new("smoke-1"), DeviceType.SensorSmoke, People[0]);
        var happened = new DeviceEvent("e-1", device.DeviceId, "smoke", Noon, Noon, JsonText.Empty, "0af7651916cd43dd");
        var none = new Dictionary<RuleId, DateTimeOffset>();
        var situation = new Situation(happened, device, new(), [rule], none, null, Gate, Noon);
        return State.Of(Incident.Open(rule, situation).Advance(Noon, Gate), Noon);
    }

    private void Walk(State state, SmallLadder model, int length)
    {
        state = state.Wait();
        if (model.Next is not { } next)
        {
            _paths++;
            Assert.Equal(model.End, state.Incident.Status.ToString());
            Assert.Null(state.Leg);
            return;
        }
        var who = People[next.Index % People.Length];
        Assert.Equal((who.ToString(), Noon.AddSeconds(next.At)), (state.Leg?.To, state.Now));
        Assert.Equal(
            CallLeg.IdOf(
                state.Incident.IncidentId,
                model.StepSeconds is not null ? next.Index : 0,
                who,
                model.Tries[next.Index].Count + 1
            ),
            state.Leg!.CallId
        );
        if (length == Length)
        {
            _paths++;
            return;
        }
        foreach (var fate in Fates.All)
            Walk(state.After(fate), model.After(fate), length + 1);
    }

    /// <summary>An incident, the one leg of it that lives, and the time.</summary>
    private sealed record State(Incident Incident, CallLeg? Leg, DateTimeOffset Now)
    {
        public static State Of(IncidentMove move, DateTimeOffset now)
        {
            Assert.Null(move.Action);
            return new(move.Incident, move.Legs.SingleOrDefault(), now);
        }

        /// <summary>Sleeps until its own stored time, again and again, as long as nobody rings.</summary>
        public State Wait()
        {
            var here = this;
            while (here.Leg is null && here.Incident is { IsRunning: true, DueAt: { } due })
            {
                Assert.True(due > here.Now, "It would be looked at without end.");
                here = Of(here.Incident.Advance(due, Gate), due);
            }
            return here;
        }

        public State After(Fate fate)
        {
            var now = Now + fate.Length();
            var leg = Leg!.OrderedNow(Now);
            var here = this with { Leg = null };
            if (fate.IsAnswered())
            {
                leg = Follow(leg, new(SwitchEventKind.Answered, Now), now);
                here = here.Told(leg, now);
            }
            if (fate.Pressed() is { } key && leg.Order!.NeedsKey)
            {
                leg = Follow(leg, new(SwitchEventKind.Dtmf, now, key), now);
                here = here.Told(leg, now);
            }
            return here.Told(Follow(leg, new(SwitchEventKind.HungUp, now, fate.Cause()), now), now);
        }

        /// <summary>Goes on at each report, as the house does: the next may be called before this line ends.</summary>
        private State Told(CallLeg leg, DateTimeOffset now)
        {
            if (Incident.After(leg.ToReport(now)) is not { } told)
                return this with { Now = now };
            if (!told.IsRunning)
                return new(told, null, now);
            var next = Of(told.Advance(now, Gate), now);
            Assert.True(Leg is null || next.Leg is null, "Two are called at once.");
            return next with { Leg = next.Leg ?? Leg };
        }

        private static CallLeg Follow(CallLeg leg, SwitchEvent change, DateTimeOffset now) =>
            leg.After(change, now) ?? throw new InvalidOperationException($"{change.Kind} is not taken.");
    }
}
