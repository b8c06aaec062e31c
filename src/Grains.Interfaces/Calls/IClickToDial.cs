using IotOrleans.Subscribers;

namespace IotOrleans.Calls;

/// <summary>
/// Joins two people without a media server: the first rings, and when he answers he is referred to the second. Nothing
/// can be said or pressed in such a call, and nobody tells us how it ended.
/// </summary>
public interface IClickToDial
{
    /// <summary>Asks once: whoever asks again rings the first one again.</summary>
    Task<DialOutcome> Join(Msisdn first, Msisdn second, CancellationToken cancellation);
}

public enum DialOutcome
{
    /// <summary>The first one is being rung.</summary>
    Taken,

    /// <summary>No SIP server is set, or it cannot be reached: nobody is rung.</summary>
    Unreachable,

    /// <summary>The SIP server does not take it.</summary>
    Refused,

    /// <summary>The SIP server was asked and has not answered: it may ring or not.</summary>
    Unknown,
}
