using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Calls;

/// <summary>A telephone switch as the calls slice sees it. FreeSWITCH is one way to be one.</summary>
public interface ISwitch
{
    string Name { get; }

    /// <summary>Whether it can be told anything now, by whichever silo.</summary>
    bool IsUp { get; }

    /// <summary>Orders a leg and returns when the switch has taken the order, not when somebody answers.</summary>
    Task<OrderOutcome> Originate(LegOrder order);

    /// <summary>Whether the switch knows this leg: now, in the past, or never.</summary>
    /// <param name="since">When the leg was made: a switch that was restarted later remembers nothing of it.</param>
    Task<LegTrace> Ask(CallId leg, DateTimeOffset since);

    Task Ring(CallId leg);

    Task Answer(CallId leg);

    /// <summary>
    /// Says or plays at once, in place of what plays now; the end comes as <see cref="SwitchEventKind.PlaybackEnded"/>
    /// with the playback's id.
    /// </summary>
    /// <exception cref="SwitchUnreachableException">So with every command below.</exception>
    Task Play(CallId leg, SpokenMessage message, Guid playback);

    Task Bridge(CallId leg, CallId other);

    /// <summary>Takes the leg out of whatever it does; whoever it talked to is hung up.</summary>
    Task Park(CallId leg);

    /// <summary>Puts the leg into a room where everybody hears everybody; the first one opens it.</summary>
    Task Join(CallId leg, string room);

    /// <summary>Hands the leg to a recorder of the subscriber's voicemail.</summary>
    Task Voicemail(CallId leg, Msisdn subscriber);

    Task HangUp(CallId leg, string cause);

    /// <summary>
    /// The leg is over and recorded: the switch need not remember the order for longer than an order can be held up.
    /// </summary>
    Task Forget(CallId leg);
}

/// <summary>The switches there are. A leg stays with the switch that first had it.</summary>
public interface ISwitches
{
    /// <summary>
    /// The switch for a new leg: one that can be told now if there is any, and of those the least loaded.
    /// </summary>
    ISwitch Choose();

    /// <summary>
    /// The switch of this name, or any when the name is empty. One that is not configured any more cannot be told.
    /// </summary>
    ISwitch Named(string name);

    IReadOnlyList<ISwitch> All { get; }
}

/// <summary>The switch cannot be told now.</summary>
[GenerateSerializer, Alias("iot.switch-unreachable")]
public sealed class SwitchUnreachableException : Exception
{
    public SwitchUnreachableException()
        : this("The switch cannot be told now.") { }

    public SwitchUnreachableException(string message)
        : base(message) { }

    public SwitchUnreachableException(string message, Exception inner)
        : base(message, inner) { }
}

[GenerateSerializer, Alias("iot.order-outcome")]
public enum OrderOutcome
{
    Taken,

    /// <summary>The line was down before anything was sent.</summary>
    NotSent,

    /// <summary>The line broke after the order was sent: it may ring or not.</summary>
    Unknown,
}

[GenerateSerializer, Alias("iot.leg-trace")]
public enum LegTrace
{
    Ringing,
    Talking,

    /// <summary>The order was taken once and the channel is gone.</summary>
    Gone,

    /// <summary>The switch has never had the order.</summary>
    NeverOrdered,

    /// <summary>The channel is not there, and the switch does not remember whether it ever was.</summary>
    NotLiving,

    /// <summary>The switch cannot be asked now.</summary>
    Unreachable,
}

/// <summary>One leg to be made.</summary>
/// <param name="Number">
/// A number that goes through the carrier; null when <paramref name="DialString"/> is given.
/// </param>
[GenerateSerializer, Immutable, Alias("iot.leg-order")]
public sealed record LegOrder(
    CallId CallId,
    Msisdn? Number,
    string? DialString,
    string? CallerNumber,
    string? CallerName,
    int RingSeconds,
    string TraceId,
    DateTimeOffset MadeAt = default
);
