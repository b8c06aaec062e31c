using IotOrleans.Subscribers;

namespace IotOrleans.Calls;

/// <summary>Knows which process holds the simulated switch, so that any front-end can let somebody call.</summary>
[Alias("iot.ISimulatedCallersGrain")]
public interface ISimulatedCallersGrain : IGrainWithStringKey
{
    /// <summary>Said again every few seconds: it is kept in memory only.</summary>
    [Alias("Offer")]
    Task Offer(ISimulatedCallers callers);

    /// <returns>Null: no switch is simulated, or nobody knows of it just now.</returns>
    [Alias("Ring")]
    Task<CallId?> Ring(Msisdn number, string? caller, string? callerName);
}

/// <summary>The people behind a simulated switch.</summary>
[Alias("iot.ISimulatedCallers")]
public interface ISimulatedCallers : IGrainObserver
{
    [Alias("Ring")]
    Task<CallId> Ring(Msisdn number, string? caller, string? callerName);
}
