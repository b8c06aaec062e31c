using IotOrleans.Subscribers;

namespace IotOrleans.Calls;

/// <summary>The one gate that every leg passes before it is ordered. Its word is part of the explanation.</summary>
/// <param name="HasLine">Others wait for room already: a leg that is made now waits behind them.</param>
public sealed record DialGate(bool EmergencyNumbersMayBeDialled, bool HasLine = false)
{
    /// <summary>Null when the number may be called, else the reason in one word.</summary>
    public string? Refuses(Msisdn number) =>
        NumberPlan.IsEmergency(number) && !EmergencyNumbersMayBeDialled ? "emergency_number_not_enabled" : null;
}
