using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Calls;

/// <summary>Makes the gate for a set of numbers; only emergency numbers cost a question to another grain.</summary>
public static class GateKeeper
{
    // By who waits for room.
    private static readonly DialGate[] Closed =
    [
        .. Enum.GetValues<DialLine>().Select(line => new DialGate(EmergencyNumbersMayBeDialled: false, line)),
    ];

    extension(IGrainFactory grains)
    {
        public async ValueTask<DialGate> GateFor(IEnumerable<Msisdn> numbers, DialLine line = DialLine.None) =>
            numbers.Any(NumberPlan.IsEmergency)
                ? new((await grains.EmergencyNumbers.Look()).MayBeDialled, line)
                : Closed[(int)line];

        public ValueTask<DialGate> GateFor(IEnumerable<RuleAction> actions, DialLine line) =>
            grains.GateFor(actions.OfType<CallAction>().SelectMany(call => call.Targets), line);
    }
}
