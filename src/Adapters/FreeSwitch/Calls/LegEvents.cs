using System.Collections.Concurrent;
using IotOrleans.FreeSwitch;
using IotOrleans.Journal;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Calls;

/// <summary>
/// Carries what the switch tells to the legs it concerns: our own orders, which bear our variable, and the calls that
/// were handed to us. The calls of others on the same switch wake nobody.
///
/// Every silo with a line hears everything. A leg is told by the silo it is awake on, which costs no hop; the others
/// keep what they heard for a moment and tell it only when that silo dies, or is deaf.
/// </summary>
public sealed partial class LegEvents(
    FreeSwitchLink link,
    LineView view,
    LegsHere here,
    IGrainFactory grains,
    EventRoute route
) : BackgroundService
{
    public const string TraceVariable = "iot_trace";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<Guid, byte> _held = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<CallId, (Task Last, int Count)> _tails = [];
    private readonly KeptEvents _kept = new(route.Clock);
    private readonly ILogger _log = route.Logs.CreateLogger<LegEvents>();

    /// <summary>This channel is ours while its connection is held.</summary>
    public void Hold(Guid channel) => _held[channel] = 0;

    public void Release(Guid channel) => _held.TryRemove(channel, out _);

    /// <summary>
    /// Tells a leg after everything it was told before, as the switch itself would: on nobody's behalf, and without
    /// waiting for it. A leg may be in the middle of the very order that this is about.
    /// </summary>
    public Task Post(CallId leg, SwitchEvent change)
    {
        using var _ = ExecutionContext.SuppressFlow();
        lock (_gate)
        {
            var (before, count) = _tails.GetValueOrDefault(leg, (Task.CompletedTask, 0));
            var told = Task.Run(() => Follow(before, leg, change));
            _tails[leg] = (told, count + 1);
            return told;
        }
    }

    /// <summary>Tells what was heard of legs that are awake elsewhere: nobody may have told them.</summary>
    public Task TellKept() => Task.WhenAll(_kept.TakeAll().Select(one => Post(one.Leg, one.Change)));

    private async Task Follow(Task before, CallId leg, SwitchEvent change)
    {
        await before;
        try
        {
            await Tell(leg, change);
        }
        // Our mistake, and told whole; what comes after it is told all the same.
#pragma warning disable CA1031
        catch (Exception mistake)
#pragma warning restore CA1031
        {
            LogMistake(mistake, leg, change.Kind);
        }
        lock (_gate)
        {
            var (last, count) = _tails[leg];
            if (count == 1)
                _tails.Remove(leg);
            else
                _tails[leg] = (last, count - 1);
        }
    }

    /// <summary>
    /// Tells a leg, and tries again while its silo is being replaced. The leg's own deadline is the last resort.
    /// </summary>
    private async Task Tell(CallId leg, SwitchEvent change)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await grains.CallLeg(leg).Follow(change);
                return;
            }
            catch (Exception trouble) when (attempt < AttemptsMax && IsPassing(trouble))
            {
                await Task.Delay(Pause * attempt, route.Clock);
            }
            catch (Exception trouble) when (IsPassing(trouble))
            {
                LogUndelivered(leg, change.Kind, trouble.Message);
                return;
            }
        }
    }

    private const int AttemptsMax = 5;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var fact in link.Events.ReadAllAsync(stoppingToken))
        {
            switch (fact)
            {
                case LinkUp:
                    await Reconcile(stoppingToken);
                    break;
                case TextReceived text:
                    _ = route.Texts.Take(text);
                    break;
                case ChannelEvent channel when Translate(channel) is { } change:
                    Hear(channel, change);
                    break;
            }
        }
    }

    private void Hear(ChannelEvent channel, SwitchEvent change)
    {
        var leg = new CallId(channel.Uuid);
        if (here.Has(leg))
            route.Figures.Heard("here");
        else if (!IsOurs(channel))
            return;
        else if (view.TellsAll || IsOnlyOurs(channel))
            route.Figures.Heard("elsewhere");
        else
        {
            route.Figures.Heard("kept");
            _kept.Add(leg, change);
            return;
        }
        _ = Post(leg, change);
    }

    private bool IsOurs(ChannelEvent channel) =>
        channel.IsFromOrder || channel.Variables.ContainsKey(TraceVariable) || _held.ContainsKey(channel.Uuid);

    /// <summary>
    /// What no other silo can know: our order's refusal, and a caller who gave up before the leg was awake.
    /// </summary>
    private bool IsOnlyOurs(ChannelEvent channel) =>
        channel.IsFromOrder || (channel.Kind == ChannelEventKind.HungUp && _held.ContainsKey(channel.Uuid));

    /// <summary>What happened while the line was down was not heard: every living leg asks.</summary>
    private async Task Reconcile(CancellationToken stopping)
    {
        try
        {
            await route.Sweeper.WakeLivingLegs(stopping);
        }
        catch (Exception trouble)
            when (trouble is Events.JournalUnavailableException or TimeoutException or OrleansException)
        {
            // The sweeper finds each leg again when it is due, which is never far away.
            LogNotReconciled(link.Name, trouble.Message);
        }
    }

    private static SwitchEvent? Translate(ChannelEvent channel) =>
        channel.Kind switch
        {
            ChannelEventKind.Ringing => new(SwitchEventKind.Ringing, channel.At),
            ChannelEventKind.Answered => new(SwitchEventKind.Answered, channel.At),
            ChannelEventKind.Bridged => new(SwitchEventKind.Bridged, channel.At, channel.Other?.ToString()),
            ChannelEventKind.Dtmf => new(SwitchEventKind.Dtmf, channel.At, channel.Digits),
            ChannelEventKind.PlaybackEnded => new(
                SwitchEventKind.PlaybackEnded,
                channel.At,
                channel.Playback?.ToString(),
                channel.PlaybackResult is "FILE NOT FOUND" or "PLAYBACK ERROR" ? channel.PlaybackResult : null
            ),
            ChannelEventKind.HungUp => new(
                SwitchEventKind.HungUp,
                channel.At,
                channel.Cause ?? HangupCauses.NormalClearing
            ),
            _ => null,
        };

    private static bool IsPassing(Exception trouble) =>
        trouble is TimeoutException or OrleansException or Events.JournalUnavailableException or StaleOwnerException;

    [LoggerMessage(LogLevel.Error, "Leg {Leg} was not told of {Kind}: {Reason}")]
    private partial void LogUndelivered(CallId leg, SwitchEventKind kind, string reason);

    [LoggerMessage(LogLevel.Error, "Leg {Leg} failed when it was told of {Kind}")]
    private partial void LogMistake(Exception mistake, CallId leg, SwitchEventKind kind);

    [LoggerMessage(LogLevel.Warning, "Legs on switch {Switch} were not asked about after the reconnect: {Reason}")]
    private partial void LogNotReconciled(string @switch, string reason);
}

/// <summary>What carrying events takes beside the switch itself.</summary>
public sealed record EventRoute(
    Sweeper Sweeper,
    CallFigures Figures,
    Vigil Vigil,
    ReceivedTexts Texts,
    TimeProvider Clock,
    ILoggerFactory Logs,
    IOrderWatch? Watch = null
);
