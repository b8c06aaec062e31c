using IotOrleans.Devices;
using IotOrleans.Speakers;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Calls;

/// <summary>Telling speakers and phones what became of a call that rang for them.</summary>
internal sealed partial class CallLegGrain
{
    private const int TellAgainMax = 5;
    private static readonly TimeSpan TellAgainAfter = TimeSpan.FromMilliseconds(300);

    private async Task EndRinging(CallLeg before)
    {
        var ring = _leg!.Ring!;
        await EndPhones(ring, except: null);
        if (ring.Bridged is { } bridged)
            await GrainFactory.CallLeg(bridged).HangUp(HangupCauses.NormalClearing);
        var missed = ring.Winner is null || ring.IsRecorded;
        foreach (var speaker in ring.Told)
        {
            _ = Tell(speaker, new EndedNotice(Id, _leg.HangupCause!));
            if (missed)
                await GrainFactory.Speaker(speaker).Miss(NoticeOf(before));
        }
    }

    private async Task EndPhones(InboundRing ring, CallId? except)
    {
        foreach (var phone in ring.Legs.Where(phone => phone.CallId != except))
        {
            await GrainFactory.CallLeg(phone.CallId).HangUp(HangupCauses.LoseRace);
        }
    }

    private Task TellOthers(InboundRing ring, AnsweredNotice notice) =>
        Task.WhenAll(ring.Told.Select(speaker => Tell(speaker, notice)));

    /// <summary>
    /// A speaker that cannot be told delays nobody. Its grain may be on its way from a dead silo to another, so it is
    /// told again for a while; hearing the same twice is harmless.
    /// </summary>
    private async Task Tell(DeviceId speaker, SpeakerNotice notice)
    {
        if (!await TryTell(speaker, notice))
            _ = TellAgain(speaker, notice);
    }

    private async Task TellAgain(DeviceId speaker, SpeakerNotice notice)
    {
        for (var attempt = 1; attempt <= TellAgainMax; attempt++)
        {
            await Task.Delay(TellAgainAfter * attempt, clock);
            // What rings no more must not begin to ring now.
            if (notice is RingNotice && _leg is not { IsOver: false, Ring.Winner: null })
                return;
            if (await TryTell(speaker, notice))
                return;
        }
    }

    private async Task<bool> TryTell(DeviceId speaker, SpeakerNotice notice)
    {
        try
        {
            await outside.Reach(speaker, notice);
            return true;
        }
        catch (Exception trouble) when (trouble is TimeoutException or OrleansException)
        {
            LogUnreachable(speaker, trouble.Message);
            return false;
        }
    }

    private static RingNotice NoticeOf(CallLeg leg)
    {
        var ring = leg.Ring!;
        var seconds = ring.IsExhausted ? 0 : ring.Current.RingSeconds;
        return new(
            leg.CallId,
            Caller(leg),
            leg.CallerName,
            ring.Number,
            seconds,
            leg.StartedAt,
            ring.StepEndsAt,
            ring.Visit
        );
    }

    private static string? Caller(CallLeg leg) => leg.From.Length == 0 ? null : leg.From;

    [LoggerMessage(LogLevel.Warning, "Speaker {Speaker} cannot be told: {Reason}")]
    private partial void LogUnreachable(DeviceId speaker, string reason);
}
