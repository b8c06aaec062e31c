namespace IotOrleans.Calls;

internal sealed class EmergencyNumbersGrain(
    [PersistentState("emergency")] IPersistentState<EmergencyApprovals> approvals
) : Grain, IEmergencyNumbersGrain
{
    public Task<EmergencyNumbers> Look() => Task.FromResult(new EmergencyNumbers(approvals.State.By));

    public async Task<EmergencyNumbers> Approve(string administrator)
    {
        if (!approvals.State.By.Contains(administrator))
        {
            await approvals.Save(new() { By = [.. approvals.State.By, administrator] });
        }
        return await Look();
    }

    public async Task<EmergencyNumbers> SwitchOff(string administrator)
    {
        await approvals.Save(new());
        return await Look();
    }
}

/// <summary>The administrators who have said yes.</summary>
[GenerateSerializer, Alias("iot.emergency-approvals")]
public sealed record EmergencyApprovals
{
    [Id(0)]
    public string[] By { get; init; } = [];
}
