using IotOrleans.Calls;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Hosting;

/// <summary>Switches around whose orders the process may die.</summary>
internal sealed class CrashingSwitches(ISwitches real, CrashPoint point) : ISwitches
{
    public IReadOnlyList<ISwitch> All => [.. real.All.Select(one => new Crashing(one, point))];

    public ISwitch Choose() => new Crashing(real.Choose(), point);

    public ISwitch Named(string name) => new Crashing(real.Named(name), point);

    private sealed class Crashing(ISwitch real, CrashPoint point) : ISwitch
    {
        public string Name => real.Name;

        public bool IsUp => real.IsUp;

        public async Task<OrderOutcome> Originate(LegOrder order)
        {
            point.Reach("before_order");
            var outcome = await real.Originate(order);
            point.Reach("after_order");
            return outcome;
        }

        public Task<LegTrace> Ask(CallId leg, DateTimeOffset since) => real.Ask(leg, since);

        public Task Ring(CallId leg) => real.Ring(leg);

        public Task Answer(CallId leg) => real.Answer(leg);

        public Task Play(CallId leg, SpokenMessage message, Guid playback) => real.Play(leg, message, playback);

        public Task Bridge(CallId leg, CallId other) => real.Bridge(leg, other);

        public Task Park(CallId leg) => real.Park(leg);

        public Task Join(CallId leg, string room) => real.Join(leg, room);

        public Task Voicemail(CallId leg, Msisdn subscriber) => real.Voicemail(leg, subscriber);

        public Task HangUp(CallId leg, string cause) => real.HangUp(leg, cause);

        public Task Forget(CallId leg)
        {
            point.Reach("before_forget");
            return real.Forget(leg);
        }
    }
}
