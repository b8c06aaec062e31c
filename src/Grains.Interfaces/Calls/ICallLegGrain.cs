using IotOrleans.Devices;

namespace IotOrleans.Calls;

/// <summary>One side of one call, from the order or the arrival to its CDR.</summary>
[Alias("iot.ICallLegGrain")]
public interface ICallLegGrain : IGrainWithStringKey
{
    /// <summary>There is work to do: ordered, overdue, or found open after a restart. Harmless at any time.</summary>
    [Alias("Wake"), OneWay]
    Task Wake();

    /// <summary>The media server of this name has room for this call now.</summary>
    [Alias("Proceed"), OneWay]
    Task Proceed(string mediaServer);

    /// <summary>A call came in; its plan is played from now on. False: nobody here rings for this number.</summary>
    [Alias("Arrive")]
    Task<bool> Arrive(IncomingCall call);

    /// <summary>The switch told something of this channel. Any order, any number of times.</summary>
    [Alias("Follow")]
    Task Follow(SwitchEvent change);

    /// <summary>
    /// Calls a device that can talk, such as a doorphone, and rings people for whoever stands there once it has picked
    /// up. The first who answers is joined to it, or all of them in a conference.
    /// </summary>
    [Alias("Visit")]
    Task<Answer<CallRecord>> Visit(VisitOrder order);

    /// <summary>Whoever talks on that leg, which rings or rang for this one, pressed a key.</summary>
    [Alias("FollowKey"), OneWay]
    Task FollowKey(CallId leg, string key);

    /// <summary>A speaker that talks to a visitor opens the door.</summary>
    [Alias("OpenDoor")]
    Task<Refusal> OpenDoor(DeviceId speaker);

    /// <summary>
    /// Rings another place for a call that is being talked; when it answers, the talk goes on there. Until then nothing
    /// changes, and when it does not answer nothing has.
    /// </summary>
    /// <param name="by">The speaker that asks; null for an operator, who may hand a call on to any place.</param>
    [Alias("Transfer")]
    Task<Refusal> Transfer(Subscribers.RingTarget target, DeviceId? by);

    /// <summary>A leg that rings for this one came to something.</summary>
    [Alias("FollowLeg"), OneWay]
    Task FollowLeg(Incidents.LegReport report);

    /// <summary>A speaker takes the call. The first one wins, the others hear who did.</summary>
    [Alias("Answer")]
    Task<Refusal> Answer(DeviceId speaker);

    [Alias("Reject")]
    Task<Refusal> Reject(DeviceId speaker);

    /// <summary>A speaker says that it rings audibly.</summary>
    [Alias("Ringing")]
    Task<Refusal> Ringing(DeviceId speaker);

    /// <summary>A speaker that takes part ends the call.</summary>
    [Alias("HangUpBy")]
    Task<Refusal> HangUpBy(DeviceId speaker);

    /// <summary>An operator, or whoever ordered it, ends the call.</summary>
    [Alias("HangUp")]
    Task<Refusal> HangUp(string cause);

    [Alias("Look")]
    Task<CallRecord?> Look();

    /// <summary>An operator's own call.</summary>
    [Alias("Dial")]
    Task<Answer<CallRecord>> Dial(CallOrder order);
}

/// <summary>A call that a person orders.</summary>
[GenerateSerializer, Immutable, Alias("iot.call-order")]
public sealed record CallOrder(
    Subscribers.Msisdn To,
    string? From,
    Rules.SpokenMessage? Message,
    string TraceId,
    int RingSeconds = 30
);

/// <summary>A visitor: the device that is called first, and who rings for it.</summary>
/// <param name="Address">The device's SIP address, or a dial string of the switch.</param>
/// <param name="Title">What those who ring are shown as the caller.</param>
/// <param name="Number">The number whose people ring.</param>
[GenerateSerializer, Immutable, Alias("iot.visit-order")]
public sealed record VisitOrder(
    DeviceId Device,
    string Address,
    string Title,
    Subscribers.Msisdn Number,
    CallPlan Plan,
    Visit Visit,
    Incidents.IncidentId IncidentId,
    string EventId,
    string TraceId
);

/// <summary>What is special about a call from the door.</summary>
/// <param name="Conference">All who answer talk together; otherwise the first one talks alone.</param>
/// <param name="OpenKey">The key that opens the door in talk; null when it has no such key.</param>
/// <param name="SnapshotUrl">A picture of the visitor, for those who ring.</param>
/// <param name="VideoUrl">A stream of the door's camera, likewise.</param>
/// <param name="Openings">How often the door was opened in this call.</param>
[GenerateSerializer, Immutable, Alias("iot.visit")]
public sealed record Visit(
    bool Conference = false,
    string? OpenKey = null,
    string? SnapshotUrl = null,
    string? VideoUrl = null,
    int Openings = 0
)
{
    /// <summary>More often than that nobody opens a door in one call, but a key that is stuck does.</summary>
    public const int OpeningsMax = 10;
}

[GenerateSerializer, Alias("iot.switch-event-kind")]
public enum SwitchEventKind
{
    Ringing,
    Answered,
    Bridged,
    Dtmf,
    PlaybackEnded,
    HungUp,
}

/// <summary>One fact the switch told of a channel.</summary>
/// <param name="Value">The hangup cause, the digit, or the other channel of a bridge.</param>
/// <param name="Trouble">Why nothing was heard, in the switch's words; null when all was played.</param>
[GenerateSerializer, Immutable, Alias("iot.switch-event")]
public sealed record SwitchEvent(SwitchEventKind Kind, DateTimeOffset At, string? Value = null, string? Trouble = null);
