using IotOrleans.Subscribers;

namespace IotOrleans.Calls;

/// <summary>The one gate that every leg passes before it is ordered. Its word is part of the explanation.</summary>
public sealed record DialGate(bool EmergencyNumbersMayBeDialled)
{
    /// <summary>Null when the number may be called, else the reason in one word.</summary>
    public string? Refuses(Msisdn number) =>
        NumberPlan.IsEmergency(number) && !EmergencyNumbersMayBeDialled ? "emergency_number_not_enabled" : null;
}
