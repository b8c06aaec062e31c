using System.Collections.Concurrent;
using System.Globalization;
using IotOrleans.Actions;
using IotOrleans.Devices;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Speakers;

/// <summary>
/// Tells devices that hold no socket here, each in order and one after the other, without holding up whoever tells
/// them. A ring is over in a minute and is not kept: the leg tells it again if it still matters.
/// </summary>
public sealed partial class OutsideSpeakers(
    IGrainFactory grains,
    IEnumerable<IVendorSpeakers> ways,
    SpeakerFigures figures,
    TimeProvider clock,
    ILogger<OutsideSpeakers> log
)
{
    /// <summary>A device that is this far behind is not there.</summary>
    private const int WaitingMax = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly IVendorSpeakers[] _ways = [.. ways];
    private readonly ConcurrentDictionary<DeviceId, Line> _lines = new();

    /// <summary>Tells the device over its sockets, or else on the way that there is to it.</summary>
    public async Task Reach(DeviceId device, SpeakerNotice notice)
    {
        if (await grains.Speaker(device).Tell(notice) == 0)
            await Tell(device, notice);
    }

    /// <summary>Takes the notice along if there is a way to the device; it is told in its turn.</summary>
    public async Task Tell(DeviceId device, SpeakerNotice notice)
    {
        if (await Way(device) is not { } way)
            return;
        var line = _lines.GetOrAdd(device, _ => new());
        if (!line.Join(notice, WaitingMax))
        {
            LogLate(device);
            return;
        }
        if (!line.Begin())
            return;
        // What is told outside is no part of the turn in which it was said.
        using (ExecutionContext.SuppressFlow())
            _ = Task.Run(() => Work(way.Device, way.Way, line));
    }

    /// <summary>Tells the device now and waits for its answer; null when there is no way to it.</summary>
    public async Task<Delivery?> TellNow(DeviceId device, SpeakerNotice notice, TimeSpan patience)
    {
        if (await Way(device) is not { } way)
            return null;
        using var late = new CancellationTokenSource(patience, clock);
        return await Tell(way.Device, way.Way, notice, late.Token);
    }

    private async Task<(DeviceRegistration Device, IVendorSpeakers Way)?> Way(DeviceId device)
    {
        if (_ways.Length == 0 || (await grains.Device(device).Look())?.Device is not { } known)
            return null;
        return Array.Find(_ways, way => way.Serves(known)) is { } found ? (known, found) : null;
    }

    private async Task Work(DeviceRegistration device, IVendorSpeakers way, Line line)
    {
        while (line.Next() is { } notice)
        {
            var left = notice is RingNotice ring ? ring.RingsUntil - clock.GetUtcNow() : Patience;
            if (left <= TimeSpan.Zero)
                continue;
            using var late = new CancellationTokenSource(left, clock);
            await Tell(device, way, notice, late.Token);
        }
        // Somebody may have joined it in between: then it stays and goes on.
        _lines.TryRemove(new(device.DeviceId, line));
        if (!line.IsEmpty && line.Begin())
            await Work(device, way, line);
    }

    private async Task<Delivery> Tell(
        DeviceRegistration device,
        IVendorSpeakers way,
        SpeakerNotice notice,
        CancellationToken late
    )
    {
        Delivery delivery;
        try
        {
            delivery = await way.Tell(device, notice, NameOf(device.DeviceId, notice), late);
        }
        catch (Exception trouble) when (trouble is OperationCanceledException or Events.JournalUnavailableException)
        {
            delivery = new(false, MayRetry: true, "it took too long");
        }
        figures.Pushed(notice, delivery.Delivered);
        if (!delivery.Delivered)
        {
            // Some makers have no word for the end of a call.
            var level = notice is AnsweredNotice or EndedNotice ? LogLevel.Debug : LogLevel.Warning;
            LogNotTold(level, device.DeviceId, notice.GetType().Name, delivery.Detail);
        }
        return delivery;
    }

    private static string NameOf(DeviceId device, SpeakerNotice notice)
    {
        var cause = notice switch
        {
            RingNotice ring => $"ring {ring.CallId} {ring.RingsUntil.UtcTicks.ToString(CultureInfo.InvariantCulture)}",
            AnsweredNotice answered => $"answered {answered.CallId}",
            EndedNotice ended => $"ended {ended.CallId}",
            MessageNotice message => $"message {message.MessageId}",
            AnnouncementNotice announcement => $"announcement {announcement.AnnouncementId}",
            CommandNotice command => $"command {command.CommandId}",
            _ => notice.ToString(),
        };
        return NamedId.Of("push", device.Value, cause).ToString("D");
    }

    [LoggerMessage("Device {Device} was not told of {Notice}: {Reason}")]
    private partial void LogNotTold(LogLevel level, DeviceId device, string notice, string? reason);

    [LoggerMessage(LogLevel.Warning, "Device {Device} is too far behind to be told more")]
    private partial void LogLate(DeviceId device);

    /// <summary>What one device has to be told yet.</summary>
    private sealed class Line
    {
        private readonly Lock _gate = new();
        private readonly Queue<SpeakerNotice> _waiting = new();
        private bool _works;

        public bool IsEmpty
        {
            get
            {
                lock (_gate)
                    return _waiting.Count == 0;
            }
        }

        public bool Join(SpeakerNotice notice, int max)
        {
            lock (_gate)
            {
                if (_waiting.Count >= max)
                    return false;
                _waiting.Enqueue(notice);
                return true;
            }
        }

        /// <summary>True for the one who has to work on it now.</summary>
        public bool Begin()
        {
            lock (_gate)
                return !_works && (_works = true);
        }

        public SpeakerNotice? Next()
        {
            lock (_gate)
            {
                if (_waiting.TryDequeue(out var notice))
                    return notice;
                _works = false;
                return null;
            }
        }
    }
}
