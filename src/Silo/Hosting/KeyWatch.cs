using IotOrleans.Access;

namespace IotOrleans.Hosting;

/// <summary>Empties the memory of keys when another process, or a grain elsewhere, has changed one.</summary>
internal sealed class KeyWatch(KeyChanges changes, KeyRing keys) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => changes.Watch(keys.Clear, stoppingToken);
}
