using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using IotOrleans.Devices;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Speakers;

/// <summary>
/// All speakers that are connected to this process. Their grains tell it, by one reference, and it tells the sockets;
/// <see cref="Vouching"/> says again and again which ones are open.
/// </summary>
public sealed partial class FrontEnd : ISpeakerObserver, IDisposable
{
    /// <summary>
    /// How long a grain may take to say what is pending. A speaker that waits longer had better come again.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>A few times as long as it takes to declare a silo dead.</summary>
    private static readonly TimeSpan HurryFor = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<string, SpeakerConnection> _open = new();
    private readonly Lock _gate = new();
    private readonly IGrainFactory _grains;
    private readonly TimeProvider _clock;
    private readonly ILogger<FrontEnd> _log;
    private readonly Counter<long> _dropped;
    private ISpeakerObserver? _self;

    public FrontEnd(IGrainFactory grains, TimeProvider clock, IMeterFactory meters, ILogger<FrontEnd> log)
    {
        (_grains, _clock, _log) = (grains, clock, log);
        var meter = meters.Create("IotOrleans");
        meter.CreateObservableGauge("iot_speakers_connected", () => Count, description: "Speakers connected here.");
        _dropped = meter.CreateCounter<long>("iot_speakers_dropped", description: "Connections that were given up.");
    }

    private long _hurryUntil;

    /// <summary>
    /// A silo went away: grains that were on it wake elsewhere and know no connection. All are vouched for again within
    /// seconds, and once more when the silo is certainly dead.
    /// </summary>
    public void Hurry() =>
        Interlocked.Exchange(
            ref _hurryUntil,
            _clock.GetTimestamp() + (long)(HurryFor.TotalSeconds * _clock.TimestampFrequency)
        );

    internal bool IsInHurry => _clock.GetTimestamp() < Interlocked.Read(ref _hurryUntil);

    /// <summary>How many speakers are connected here.</summary>
    public int Count => _open.Count;

    internal IEnumerable<SpeakerConnection> Connections => _open.Select(entry => entry.Value);

    public Task Hear(string connectionId, SpeakerNotice notice)
    {
        if (Find(connectionId) is { } connection)
        {
            if (notice is ReplacedNotice)
                connection.Dismiss();
            else if (!connection.Tell(notice))
                Drop(connection, "it does not read what it is told");
        }
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_self is not null)
                _grains.DeleteObjectReference<ISpeakerObserver>(_self);
            _self = null;
        }
    }

    internal SpeakerConnection? Find(string connectionId) => _open.GetValueOrDefault(connectionId);

    internal async Task Open(HubCallerContext context, IClientProxy speaker, DeviceId device)
    {
        var connection = new SpeakerConnection(device, context, speaker);
        _open[connection.Id] = connection;
        if (!await Vouch(connection))
            Drop(connection, "its grain cannot be asked now");
    }

    internal async Task Close(string connectionId, DeviceId device)
    {
        if (_open.TryRemove(connectionId, out var connection))
            connection.Close();
        try
        {
            await _grains.Speaker(device).Disconnect(connectionId);
        }
        catch (OrleansException trouble)
        {
            // Nobody vouches for it from now on, so the grain forgets it anyway.
            LogNotTold(device, trouble.Message);
        }
    }

    /// <summary>Tells the grain that the connection is open, and the speaker what its grain had for it.</summary>
    internal async Task<bool> Vouch(SpeakerConnection connection)
    {
        if (!connection.Hold())
            return true;
        SpeakerNotice[] pending = [];
        try
        {
            var speaker = _grains.Speaker(connection.Device);
            if (connection.IsUnsure)
                await speaker.Disconnect(connection.Id);
            connection.IsUnsure = true;
            var asked = connection.WasTold
                ? speaker.Vouch(connection.Id, Self())
                : speaker.Connect(connection.Id, Self());
            pending = await asked.WaitAsync(Patience, _clock);
            (connection.IsUnsure, connection.WasTold) = (false, true);
        }
        // The grain may fail in ways that only its storage knows; here all of them mean: not now.
#pragma warning disable CA1031
        catch (Exception trouble)
#pragma warning restore CA1031
        {
            LogNotTold(connection.Device, trouble.Message);
        }
        finally
        {
            connection.Release(pending);
        }
        return !connection.IsUnsure;
    }

    private void Drop(SpeakerConnection connection, string why)
    {
        _dropped.Add(1);
        LogDropped(connection.Device, why);
        connection.Drop();
    }

    private ISpeakerObserver Self()
    {
        lock (_gate)
            return _self ??= _grains.CreateObjectReference<ISpeakerObserver>(this);
    }

    [LoggerMessage(LogLevel.Warning, "Speaker {Speaker} is dropped: {Reason}")]
    private partial void LogDropped(DeviceId speaker, string reason);

    [LoggerMessage(LogLevel.Warning, "The grain of speaker {Speaker} cannot be told now: {Reason}")]
    private partial void LogNotTold(DeviceId speaker, string reason);
}
