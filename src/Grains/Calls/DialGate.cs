using IotOrleans.Subscribers;

namespace IotOrleans.Calls;

/// <summary>The one gate that every leg passes before it is ordered. Its word is part of the explanation.</summary>
/// <param name="Line">Who waits for room already.</param>
public sealed record DialGate(bool EmergencyNumbersMayBeDialled, DialLine Line = DialLine.None)
{
    /// <summary>Whether a leg that is made now waits behind others.</summary>
    public bool HasLineFor(bool lifeSafety) => Line == DialLine.LifeSafety || (Line != DialLine.None && !lifeSafety);

    /// <summary>Null when the number may be called, else the reason in one word.</summary>
    public string? Refuses(Msisdn number) =>
        NumberPlan.IsEmergency(number) && !EmergencyNumbersMayBeDialled ? "emergency_number_not_enabled" : null;
}
