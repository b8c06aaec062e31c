using IotOrleans.Calls;
using IotOrleans.Incidents;

namespace IotOrleans.Speakers;

/// <summary>A speaker's connections, and what it has not heard yet.</summary>
[Alias("iot.ISpeakerGrain")]
public interface ISpeakerGrain : IGrainWithStringKey
{
    /// <summary>
    /// A connection is open, or still open: front-ends say so again before <see cref="SpeakerLimits.ConnectionLife"/>
    /// ends.
    /// </summary>
    /// <returns>What still rings or is unread, when the connection is new; nothing otherwise.</returns>
    [Alias("Connect")]
    Task<SpeakerNotice[]> Connect(string connectionId, ISpeakerObserver frontEnd);

    /// <summary>
    /// A connection that was told things before is still open. A grain that woke a moment ago, on another silo than
    /// before, also answers what it could tell nobody since: the speaker may ring for a call that is answered.
    /// </summary>
    [Alias("Vouch")]
    Task<SpeakerNotice[]> Vouch(string connectionId, ISpeakerObserver frontEnd);

    [Alias("Disconnect"), OneWay]
    Task Disconnect(string connectionId);

    /// <summary>Tells the speaker now, and keeps what must not be missed until it is acknowledged.</summary>
    /// <returns>How many connections were told.</returns>
    [Alias("Tell")]
    Task<int> Tell(SpeakerNotice notice);

    /// <summary>A call that rang here ended without an answer by anybody.</summary>
    [Alias("Miss"), OneWay]
    Task Miss(RingNotice call);

    /// <summary>Gives a command and waits in vain for nothing: the result comes to the incident named.</summary>
    [Alias("Command")]
    Task<bool> Command(CommandNotice command, IncidentId? incident);

    [Alias("Acknowledge")]
    Task<Refusal> Acknowledge(string noticeId);

    [Alias("CommandResult")]
    Task<Refusal> CommandResult(string commandId, bool ok, string? detail);

    [Alias("Look")]
    Task<SpeakerState> Look();
}

/// <summary>A front-end that holds sockets of speakers.</summary>
[Alias("iot.ISpeakerObserver")]
public interface ISpeakerObserver : IGrainObserver
{
    /// <summary>
    /// Answered when the notice is in the connection's line. Whoever tells waits for that before the next one: a notice
    /// must not overtake another on the way.
    /// </summary>
    [Alias("Hear")]
    Task Hear(string connectionId, SpeakerNotice notice);
}

public static class SpeakerLimits
{
    /// <summary>
    /// A connection that no front-end has vouched for this long is taken for dead. Only a last resort: a front-end says
    /// when one closes, and one that is gone cannot be told anything.
    /// </summary>
    public static readonly TimeSpan ConnectionLife = TimeSpan.FromMinutes(6);

    public const int ConnectionsMax = 16;
    public const int UnreadMax = 100;

    /// <summary>A command that has no result after this long is not repeated to connections that open later.</summary>
    public static readonly TimeSpan CommandLife = TimeSpan.FromSeconds(60);

    /// <summary>Commands that are remembered with what came of them.</summary>
    public const int CommandsMax = 32;
}

/// <param name="Commands">The last commands, oldest first.</param>
[GenerateSerializer, Immutable, Alias("iot.speaker-state")]
public sealed record SpeakerState(string[] Connections, CallId[] Ringing, int Unread, CommandState[]? Commands = null);

/// <summary>A command, and what the speaker said came of it.</summary>
/// <param name="Ok">Null while nothing was said.</param>
[GenerateSerializer, Immutable, Alias("iot.command-state")]
public sealed record CommandState(
    CommandNotice Command,
    IncidentId? IncidentId,
    DateTimeOffset GivenAt,
    bool? Ok = null,
    string? Detail = null
);
