using IotOrleans.Calls;
using IotOrleans.Events;
using IotOrleans.Http;
using IotOrleans.Journal;
using IotOrleans.Speakers;

namespace IotOrleans.Hosting;

/// <summary>When a silo has died, the legs that lived on it are woken elsewhere at once and ask the switch.</summary>
internal sealed partial class SiloWatch(
    IClusterMembershipService membership,
    LineKeeper lines,
    Sweeper sweeper,
    IServiceProvider all,
    ILogger<SiloWatch> log
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var before = membership.CurrentSnapshot;
        await foreach (var now in membership.MembershipUpdates.WithCancellation(stoppingToken))
        {
            var changes = now.Version > before.Version ? now.CreateUpdate(before).Changes : [];
            before = now;
            foreach (var silo in changes.Where(silo => silo.Status == SiloStatus.Dead))
                await TakeOver(silo, stoppingToken);
        }
    }

    private async Task TakeOver(ClusterMember silo, CancellationToken stopping)
    {
        LogDead(silo.Name, silo.SiloAddress);
        all.GetService<Patience>()?.SiloLost();
        all.GetService<FrontEnd>()?.Hurry();
        try
        {
            // First what its legs were told while it was dying: how a call ended cannot be asked for any more.
            await lines.TellKept();
            await sweeper.WakeEverythingOpen(stopping);
        }
        catch (Exception trouble) when (trouble is JournalUnavailableException or TimeoutException or OrleansException)
        {
            // Each leg has a stored time, and the sweeper looks again when it has come.
            LogLater(trouble.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Silo {Name} at {Address} is dead; its calls are taken over")]
    private partial void LogDead(string name, SiloAddress address);

    [LoggerMessage(LogLevel.Warning, "Calls are taken over later: {Reason}")]
    private partial void LogLater(string reason);
}
