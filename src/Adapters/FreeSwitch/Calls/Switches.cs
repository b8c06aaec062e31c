using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Calls;

/// <summary>The switches of the house; every silo knows the same ones.</summary>
public sealed class Switches(SwitchLine[] lines) : ISwitches
{
    private int _turn;

    public IReadOnlyList<ISwitch> All { get; } = Array.ConvertAll(lines, line => line.Switch);

    public ISwitch Choose()
    {
        // Of equals the next one each time: what a switch carries is heard once a second only.
        var start = (int)((uint)Interlocked.Increment(ref _turn) % (uint)lines.Length);
        var best = lines[start];
        for (var step = 1; step < lines.Length; step++)
        {
            var candidate = lines[(start + step) % lines.Length];
            if (IsBetter(candidate, best))
                best = candidate;
        }
        return best.Switch;
    }

    public ISwitch Named(string name) =>
        Array.Find(lines, line => line.Link.Name == name)?.Switch
        ?? (name.Length == 0 ? Choose() : new RemovedSwitch(name));

    private static bool IsBetter(SwitchLine one, SwitchLine other) =>
        one.Switch.IsUp != other.Switch.IsUp ? one.Switch.IsUp : one.View.Load < other.View.Load;

    /// <summary>
    /// A switch that is not in the configuration any more: it cannot be told, and what it had ends as unknown.
    /// </summary>
    private sealed class RemovedSwitch(string name) : ISwitch
    {
        public string Name => name;

        public bool IsUp => false;

        public Task<OrderOutcome> Originate(LegOrder order) => Task.FromResult(OrderOutcome.NotSent);

        public Task<LegTrace> Ask(CallId leg, DateTimeOffset since) => Task.FromResult(LegTrace.Unreachable);

        public Task Ring(CallId leg) => Refuse();

        public Task Answer(CallId leg) => Refuse();

        public Task Play(CallId leg, SpokenMessage message, Guid playback) => Refuse();

        public Task Bridge(CallId leg, CallId other) => Refuse();

        public Task Join(CallId leg, string room) => Refuse();

        public Task Park(CallId leg) => Refuse();

        public Task Voicemail(CallId leg, Msisdn subscriber) => Refuse();

        public Task HangUp(CallId leg, string cause) => Refuse();

        public Task Forget(CallId leg) => Refuse();

        private Task Refuse() =>
            Task.FromException(new SwitchUnreachableException($"Switch {name} is not configured any more."));
    }
}
