using IotOrleans.Access;
using IotOrleans.Subscribers;

namespace IotOrleans.Masks;

/// <summary>
/// Masks in the memory of this process, at most a second behind the database, and still there when the database is not.
/// </summary>
public interface IMaskLookup
{
    /// <summary>Whether there is anything to answer from.</summary>
    bool IsReady { get; }

    /// <summary>How many masks are known.</summary>
    int Count { get; }

    /// <param name="customer">Who asks is told of this one's masks alone; null is the house, and told of all.</param>
    Msisdn? RealOf(Msisdn shown, CustomerId? customer = null);

    /// <summary>
    /// The house is told its own mask of the number, else the only one; null when several customers have one.
    /// </summary>
    Msisdn? ShownOf(Msisdn real, CustomerId? customer = null);

    /// <summary>Whether the number belongs to a pool: when it shows nobody, it is still no ordinary number.</summary>
    bool IsPooled(Msisdn number);

    /// <summary>Where a call to this number goes. Null when the number shows nobody.</summary>
    /// <param name="caller">Null when it is withheld.</param>
    MaskRoute? Route(Msisdn shown, Msisdn? caller);
}

/// <summary>Where a masked call goes, and as whom it is presented.</summary>
/// <param name="Real">Null when this caller does not get through.</param>
/// <param name="Presented">
/// The caller's own mask with the same customer; null when it has none, and then it is withheld.
/// </param>
/// <param name="Limit">Set when calls are counted: which count to take one from.</param>
public sealed record MaskRoute(Msisdn Shown, Msisdn? Real, Msisdn? Presented, CallCount? Limit = null);

/// <summary>A mask or session whose calls are counted.</summary>
public readonly record struct CallCount(bool IsSession, long Id);
