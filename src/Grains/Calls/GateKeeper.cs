using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Calls;

/// <summary>Makes the gate for a set of numbers; only emergency numbers cost a question to another grain.</summary>
public static class GateKeeper
{
    private static readonly DialGate Closed = new(EmergencyNumbersMayBeDialled: false);
    private static readonly DialGate ClosedBehindOthers = Closed with { HasLine = true };

    extension(IGrainFactory grains)
    {
        public async ValueTask<DialGate> GateFor(IEnumerable<Msisdn> numbers, bool hasLine = false) =>
            numbers.Any(NumberPlan.IsEmergency) ? new((await grains.EmergencyNumbers.Look()).MayBeDialled, hasLine)
            : hasLine ? ClosedBehindOthers
            : Closed;

        public ValueTask<DialGate> GateFor(IEnumerable<RuleAction> actions, bool hasLine) =>
            grains.GateFor(actions.OfType<CallAction>().SelectMany(call => call.Targets), hasLine);
    }
}
