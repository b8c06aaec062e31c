using IotOrleans.Subscribers;

namespace IotOrleans.Calls;

internal sealed class SimulatedCallersGrain(TimeProvider clock) : Grain, ISimulatedCallersGrain
{
    private static readonly TimeSpan OfferLife = TimeSpan.FromSeconds(10);

    private ISimulatedCallers? _callers;
    private DateTimeOffset _offeredAt;

    public Task Offer(ISimulatedCallers callers)
    {
        (_callers, _offeredAt) = (callers, clock.GetUtcNow());
        return Task.CompletedTask;
    }

    public async Task<CallId?> Ring(Msisdn number, string? caller, string? callerName) =>
        _callers is not null && clock.GetUtcNow() - _offeredAt < OfferLife
            ? await _callers.Ring(number, caller, callerName)
            : null;
}
