using System.Collections.Concurrent;
using IotOrleans.Access;
using IotOrleans.Events;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Devices;

/// <summary>
/// What this front-end has heard since the last note, whatever was said: a message that is no event, or that says
/// nothing new, shows that its device lives.
/// </summary>
public sealed partial class SignsOfLife(IDeviceSigns signs, KeyRing keys, TimeProvider clock, ILogger<SignsOfLife> log)
    : BackgroundService
{
    /// <summary>Between two notes; more devices than this are heard again at their next sign.</summary>
    private const int HeardMax = 200_000;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private ConcurrentDictionary<DeviceId, DeviceSign> _heard = new();

    /// <param name="via">The hub that told of it; the device itself when it spoke for itself.</param>
    public void Hear(DeviceId device, DeviceId via)
    {
        if (_heard.Count < HeardMax)
            _heard[device] = new(device, clock.GetUtcNow(), via);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        try
        {
            do await NoteSafely(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
    }

    public async Task Note(CancellationToken cancellation)
    {
        var heard = Interlocked.Exchange(ref _heard, new());
        await signs.Note([.. heard.Values], clock.GetUtcNow(), cancellation);
        await keys.NoteUses(cancellation);
    }

    private async Task NoteSafely(CancellationToken cancellation)
    {
        try
        {
            await Note(cancellation);
        }
        catch (JournalUnavailableException trouble)
        {
            LogLost(trouble.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Who was heard cannot be noted now: {Reason}")]
    private partial void LogLost(string reason);
}

internal static class Hearing
{
    extension(HttpContext context)
    {
        public void HeardItself(DeviceId device) =>
            context.RequestServices.GetRequiredService<SignsOfLife>().Hear(device, device);
    }
}
