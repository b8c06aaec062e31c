using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Calls;

/// <summary>Makes the gate for a set of numbers; only emergency numbers cost a question to another grain.</summary>
public static class GateKeeper
{
    private static readonly DialGate Closed = new(EmergencyNumbersMayBeDialled: false);

    extension(IGrainFactory grains)
    {
        public async ValueTask<DialGate> GateFor(IEnumerable<Msisdn> numbers) =>
            numbers.Any(NumberPlan.IsEmergency) ? new((await grains.EmergencyNumbers.Look()).MayBeDialled) : Closed;

        public ValueTask<DialGate> GateFor(IEnumerable<RuleAction> actions) =>
            grains.GateFor(actions.OfType<CallAction>().SelectMany(call => call.Targets));
    }
}
