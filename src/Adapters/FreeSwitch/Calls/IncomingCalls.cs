using System.Diagnostics;
using IotOrleans.Events;
using IotOrleans.FreeSwitch;
using IotOrleans.Masks;
using IotOrleans.Subscribers;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Calls;

/// <summary>
/// Calls that a dialplan hands to us. While the connection is held the call is ours; when it is let go the dialplan
/// goes on as if we were not there, and that is what happens whenever we cannot help.
/// </summary>
public sealed partial class IncomingCalls(
    IGrainFactory grains,
    SwitchLine[] lines,
    NumberPlan numbers,
    IMaskLookup masks,
    IMaskStore store,
    IMaskedCallLog maskedCalls,
    MaskOptions options,
    TimeProvider clock,
    ILogger<IncomingCalls> log
)
{
    private static readonly TimeSpan SoundMax = TimeSpan.FromSeconds(20);

    private static readonly string[] Withheld = ["", "anonymous", "restricted", "unavailable", "unknown", "private"];

    public async Task Play(EslSession session, CancellationToken stop)
    {
        if (!numbers.TryRead(session.Destination, out var number))
            return;
        if (masks.IsPooled(number) && masks.Route(number, null) is null)
        {
            await TurnAway(number, session, stop);
            return;
        }
        if (await LineOf(session.Channel) is not { } line)
            return;
        var trace = session.Variable(LegEvents.TraceVariable) ?? ActivityTraceId.CreateRandom().ToHexString();
        var call = new IncomingCall(
            new(session.Channel),
            line.Link.Name,
            number,
            Caller(session),
            Name(session),
            trace,
            await Behind(number, session, stop)
        );
        line.Events.Hold(session.Channel);
        try
        {
            using var activity = Telemetry.Source.StartActivity("incoming call");
            if (!await Arrive(call))
                return;
            // From now on every event of the channel says that it is ours, also to those who never saw this connection.
            await line.Link.SetVariable(session.Channel, LegEvents.TraceVariable, trace);
            await session.Ended.WaitAsync(stop);
        }
        finally
        {
            line.Events.Release(session.Channel);
        }
    }

    /// <summary>The switch that has this channel: with several of them, whoever says so.</summary>
    private async Task<SwitchLine?> LineOf(Guid channel)
    {
        if (lines is [var only])
            return only;
        foreach (var line in lines.Where(line => line.Link.IsUp))
        {
            try
            {
                if (await line.Link.Exists(channel))
                    return line;
            }
            catch (Exception trouble) when (trouble is EslLostException or EslBusyException)
            {
                LogNotAsked(line.Link.Name, trouble.Message);
            }
        }
        LogStranger(channel);
        return null;
    }

    /// <summary>Who stands behind a shown number; a call that is counted takes one of its count here.</summary>
    private async Task<MaskedParty?> Behind(Msisdn number, EslSession session, CancellationToken stop)
    {
        Msisdn? caller = numbers.TryRead(Caller(session), out var known) ? known : null;
        if (masks.Route(number, caller) is not { } route)
            return null;
        if (route is { Real: not null, Limit: { } limit } && !await Take(limit, stop))
            return new(null, null);
        return new(route.Real, route.Presented);
    }

    /// <summary>Nobody is behind this shown number: the caller hears so, and the log of masked calls has it.</summary>
    private async Task TurnAway(Msisdn shown, EslSession session, CancellationToken stop)
    {
        var arrived = clock.GetUtcNow();
        try
        {
            await Announce(session, stop);
            await session.HangUp("UNALLOCATED_NUMBER");
        }
        finally
        {
            await WriteUnmapped(shown, session, arrived, stop);
        }
    }

    /// <summary>Heard before the call is answered: it costs the caller nothing, and it still ends with 404.</summary>
    private async Task Announce(EslSession session, CancellationToken stop)
    {
        if (options.NotInUseSound.Length == 0)
            return;
        using var patience = new CancellationTokenSource(SoundMax, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        var playback = Guid.NewGuid();
        await session.Listen();
        await session.PreAnswer();
        await session.Play(options.NotInUseSound, playback);
        try
        {
            await foreach (var fact in session.Events(either.Token))
            {
                if (fact.Kind == ChannelEventKind.HungUp || fact.Playback == playback)
                    return;
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // A tone without an end was heard long enough.
        }
    }

    private async Task WriteUnmapped(Msisdn shown, EslSession session, DateTimeOffset arrived, CancellationToken stop)
    {
        // The same call told of by a SIP server before the switch is one.
        var id = session.Variable("sip_call_id") is { } sip && Names.IsLine(sip, 256) ? sip : $"{session.Channel}";
        var report = new MaskedCallReport(
            id,
            Caller(session),
            shown,
            MaskedCallStatuses.UnmappedCause,
            arrived,
            null,
            clock.GetUtcNow()
        );
        try
        {
            await maskedCalls.Write(report, stop);
        }
        catch (JournalUnavailableException trouble)
        {
            LogNotWritten(shown.Masked, trouble.Message);
        }
    }

    private async Task<bool> Take(CallCount limit, CancellationToken stop)
    {
        try
        {
            return await store.TakeCall(limit, stop);
        }
        catch (JournalUnavailableException trouble)
        {
            // Without a database nothing can be counted; a call too many is better than none.
            LogNotCounted(trouble.Message);
            return true;
        }
    }

    [LoggerMessage(LogLevel.Warning, "A masked call is not counted: {Reason}")]
    private partial void LogNotCounted(string reason);

    [LoggerMessage(LogLevel.Error, "A call to {Shown}, which nobody is behind, is not in the log: {Reason}")]
    private partial void LogNotWritten(string shown, string reason);

    private async Task<bool> Arrive(IncomingCall call)
    {
        try
        {
            return await grains.CallLeg(call.CallId).Arrive(call);
        }
        catch (Exception trouble) when (trouble is JournalUnavailableException or TimeoutException or OrleansException)
        {
            LogLetGo(call.CallId, trouble.Message);
            return false;
        }
    }

    private string Caller(EslSession session) =>
        Withheld.Contains(session.CallerNumber, StringComparer.OrdinalIgnoreCase) ? ""
        : numbers.TryRead(session.CallerNumber, out var caller) ? caller.ToString()
        : Names.IsLine(session.CallerNumber, 64) ? session.CallerNumber
        : "";

    private static string? Name(EslSession session) =>
        Names.IsLine(session.CallerName, 128) && session.CallerName != session.CallerNumber ? session.CallerName : null;

    [LoggerMessage(LogLevel.Warning, "Switch {Switch} cannot be asked for an incoming call: {Reason}")]
    private partial void LogNotAsked(string @switch, string reason);

    [LoggerMessage(LogLevel.Error, "Call {Channel} is left to the dialplan: none of our switches has it")]
    private partial void LogStranger(Guid channel);

    [LoggerMessage(LogLevel.Error, "Call {Call} is left to the dialplan: {Reason}")]
    private partial void LogLetGo(CallId call, string reason);
}
