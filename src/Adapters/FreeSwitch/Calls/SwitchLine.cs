using IotOrleans.FreeSwitch;
using IotOrleans.Rules;
using IotOrleans.Subscribers;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Calls;

/// <summary>One switch, and everything this process has for it.</summary>
public sealed class SwitchLine : ISwitchLine, ISwitch
{
    private readonly FreeSwitch _own;

    public SwitchLine(FreeSwitchOptions options, IGrainFactory grains, LegsHere here, EventRoute route)
    {
        Options = options;
        Link = new(options, route.Clock, route.Logs.CreateLogger<FreeSwitchLink>())
        {
            // Nothing is ordered by one who stood still while others could take over.
            MayOrder = () => !View.OthersAreUp || route.Vigil.IsAwake,
            Sent = route.Watch is { } watch ? leg => watch.Sent(new(leg)) : null,
        };
        Events = new(Link, View, here, grains, route);
        _own = new FreeSwitch(options, Link, Events, route.Clock);
        Switch = new ClusterSwitch(this, View, route.Vigil, grains);
    }

    public FreeSwitchOptions Options { get; }

    public FreeSwitchLink Link { get; }

    public LegEvents Events { get; }

    public LineView View { get; } = new();

    /// <summary>The switch as grains of this process see it.</summary>
    public ISwitch Switch { get; }

    public string Name => Link.Name;

    public bool IsUp => Link.IsUp;

    public Task<OrderOutcome> Originate(LegOrder order) => _own.Originate(order);

    /// <summary>
    /// For a leg of another silo, whose word may have been long on its way: the switch is asked first.
    /// </summary>
    Task<OrderOutcome> ISwitchLine.Originate(LegOrder order) => _own.OriginateUnlessKnown(order);

    public Task<LegTrace> Ask(CallId leg, DateTimeOffset since) => _own.Ask(leg, since);

    public Task Ring(CallId leg) => _own.Ring(leg);

    public Task Answer(CallId leg) => _own.Answer(leg);

    public Task Play(CallId leg, SpokenMessage message, Guid playback) => _own.Play(leg, message, playback);

    public Task Bridge(CallId leg, CallId other) => _own.Bridge(leg, other);

    public Task Join(CallId leg, string room) => _own.Join(leg, room);

    public Task Park(CallId leg) => _own.Park(leg);

    public Task Voicemail(CallId leg, Msisdn subscriber) => _own.Voicemail(leg, subscriber);

    public Task HangUp(CallId leg, string cause) => _own.HangUp(leg, cause);

    public Task Forget(CallId leg) => _own.Forget(leg);
}
