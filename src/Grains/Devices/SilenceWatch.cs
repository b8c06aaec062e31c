using System.Globalization;
using System.Text.Json.Nodes;
using IotOrleans.Events;
using IotOrleans.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Devices;

/// <summary>
/// Silence is an event: a device that says nothing for longer than it may is told of as offline, once, and as online
/// when it is heard again. Every silo looks; the event is named after the moment of the last sign, so it is one.
/// </summary>
public sealed partial class SilenceWatch(
    IDeviceSigns signs,
    IGrainFactory grains,
    TimeProvider clock,
    ILogger<SilenceWatch> log
) : BackgroundService
{
    private const int Batch = 500;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await LookSafely(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
    }

    /// <summary>Tells of everybody who fell silent or came back by now.</summary>
    public async Task Look(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        foreach (var device in await signs.Quiet(now, Batch, cancellation))
            await Tell(device, offline: true, now, cancellation);
        foreach (var device in await signs.Returned(Batch, cancellation))
            await Tell(device, offline: false, now, cancellation);
    }

    private async Task LookSafely(CancellationToken cancellation)
    {
        try
        {
            await Look(cancellation);
        }
        catch (Exception trouble) when (trouble is JournalUnavailableException or TimeoutException or OrleansException)
        {
            LogUnavailable(trouble.Message);
        }
    }

    private async Task Tell(QuietDevice device, bool offline, DateTimeOffset now, CancellationToken cancellation)
    {
        var word = offline ? EventTypes.Offline : EventTypes.Online;
        var name = string.Create(CultureInfo.InvariantCulture, $"{word}:{device.SeenAt.ToUnixTimeMilliseconds()}");
        var payload = new JsonObject
        {
            ["last_heard_at"] = UtcTimeJson.Text(device.SeenAt),
            ["reports_every_seconds"] = device.IntervalSeconds,
        };
        var told = new DeviceEvent(
            name,
            device.DeviceId,
            word,
            now,
            now,
            new(payload.ToJsonString(ContractJson.Options)),
            System.Diagnostics.ActivityTraceId.CreateRandom().ToHexString()
        );
        await grains.Device(device.DeviceId).Report(told);
        await signs.Told(device, offline, cancellation);
        LogTold(device.DeviceId, word);
    }

    [LoggerMessage(LogLevel.Information, "Device {Device} is {Word}")]
    private partial void LogTold(DeviceId device, string word);

    [LoggerMessage(LogLevel.Warning, "Who is silent cannot be found out now: {Reason}")]
    private partial void LogUnavailable(string reason);
}
