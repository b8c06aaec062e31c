namespace IotOrleans.Calls;

/// <summary>
/// Numbers of public emergency services are never dialled until two different administrators have switched them on.
/// Either one may switch them off.
/// </summary>
[Alias("iot.IEmergencyNumbersGrain")]
public interface IEmergencyNumbersGrain : IGrainWithStringKey
{
    [Alias("Look")]
    Task<EmergencyNumbers> Look();

    [Alias("Approve")]
    Task<EmergencyNumbers> Approve(string administrator);

    [Alias("SwitchOff")]
    Task<EmergencyNumbers> SwitchOff(string administrator);
}

[GenerateSerializer, Immutable, Alias("iot.emergency-numbers")]
public sealed record EmergencyNumbers(string[] ApprovedBy)
{
    public const int ApprovalsNeeded = 2;

    public bool MayBeDialled => ApprovedBy.Distinct().Count() >= ApprovalsNeeded;
}
