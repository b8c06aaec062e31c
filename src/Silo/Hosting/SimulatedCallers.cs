using IotOrleans.Calls;
using IotOrleans.FreeSwitch;
using IotOrleans.Subscribers;

namespace IotOrleans.Hosting;

/// <summary>
/// People who call our numbers, when the switch is the simulator; also on behalf of front-ends elsewhere.
/// </summary>
internal sealed partial class SimulatedCallers(
    RunningSimulator simulator,
    EslListener listener,
    IGrainFactory grains,
    TimeProvider clock,
    ILogger<SimulatedCallers> log
) : BackgroundService, IIncomingCallSimulator, ISimulatedCallers
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    public async Task<CallId?> Ring(
        Msisdn number,
        string? caller,
        string? callerName,
        CancellationToken cancellation
    ) => await Ring(number, caller, callerName);

    public Task<CallId> Ring(Msisdn number, string? caller, string? callerName) =>
        Task.FromResult(new CallId(simulator.Switch.IncomingCall(number.Digits, caller ?? "", callerName ?? "")));

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Known only now: the listener took any free port.
        simulator.Options.OutboundPort = listener.Port;
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var self = grains.CreateObjectReference<ISimulatedCallers>(this);
        using var timer = new PeriodicTimer(Period, clock);
        do
        {
            try
            {
                await grains.SimulatedCallers.Offer(self);
            }
            catch (Exception trouble) when (trouble is TimeoutException or OrleansException)
            {
                LogNotOffered(trouble.Message);
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Warning, "Front-ends do not know of the simulated switch now: {Reason}")]
    private partial void LogNotOffered(string reason);
}

/// <summary>The simulator of whichever process has one, for a front-end that has none.</summary>
internal sealed class CallersElsewhere(IGrainFactory grains) : IIncomingCallSimulator
{
    public Task<CallId?> Ring(Msisdn number, string? caller, string? callerName, CancellationToken cancellation) =>
        grains.SimulatedCallers.Ring(number, caller, callerName).WaitAsync(cancellation);
}

internal static class SimulatedCallersServices
{
    public static void AddSimulatedCallers(this IServiceCollection services, RunningSimulator simulator)
    {
        services.AddSingleton(simulator);
        services.AddSingleton<SimulatedCallers>();
        services.AddSingleton<IIncomingCallSimulator>(all => all.GetRequiredService<SimulatedCallers>());
        services.AddHostedService(all => all.GetRequiredService<SimulatedCallers>());
    }
}
