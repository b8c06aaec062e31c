using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Calls;

/// <summary>
/// The line that one silo has to a switch, for legs on silos that have none just now. It answers as
/// <see cref="ISwitch"/> does.
/// </summary>
[Alias("iot.ISwitchLine")]
public interface ISwitchLine : IGrainObserver
{
    [Alias("Originate")]
    Task<OrderOutcome> Originate(LegOrder order);

    [Alias("Ask")]
    Task<LegTrace> Ask(CallId leg, DateTimeOffset since);

    [Alias("Ring")]
    Task Ring(CallId leg);

    [Alias("Answer")]
    Task Answer(CallId leg);

    [Alias("Play")]
    Task Play(CallId leg, SpokenMessage message, Guid playback);

    [Alias("Bridge")]
    Task Bridge(CallId leg, CallId other);

    [Alias("Join")]
    Task Join(CallId leg, string room);

    [Alias("Park")]
    Task Park(CallId leg);

    [Alias("Voicemail")]
    Task Voicemail(CallId leg, Msisdn subscriber);

    [Alias("HangUp")]
    Task HangUp(CallId leg, string cause);

    [Alias("Forget")]
    Task Forget(CallId leg);
}

/// <summary>One switch: which silos have a line to it. In memory only; every silo says so again each second.</summary>
[Alias("iot.ISwitchLinesGrain")]
public interface ISwitchLinesGrain : IGrainWithStringKey
{
    /// <summary>A silo has this line, or wants one and has none.</summary>
    [Alias("Report")]
    Task<LinesView> Report(string silo, ISwitchLine? line);

    /// <summary>The silo goes; nobody need hear in its place.</summary>
    [Alias("Leave")]
    Task Leave(string silo);

    /// <summary>The lines that are up, the latest report first.</summary>
    [Alias("Lines")]
    Task<ISwitchLine[]> Lines();
}

/// <param name="Up">Silos with a line.</param>
/// <param name="Deaf">Silos whose line is down, or that went without a word a moment ago.</param>
[GenerateSerializer, Immutable, Alias("iot.lines-view")]
public sealed record LinesView(int Up, int Deaf);
