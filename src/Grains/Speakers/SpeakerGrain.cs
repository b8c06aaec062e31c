using IotOrleans.Calls;
using IotOrleans.Incidents;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Speakers;

internal sealed partial class SpeakerGrain(
    [PersistentState("speaker")] IPersistentState<SpeakerBox> box,
    SpeakerFigures figures,
    TimeProvider clock,
    ILogger<SpeakerGrain> log
) : Grain, ISpeakerGrain
{
    // Each call rings once and calls are few: far more at a time is somebody playing.
    private const int RingingMax = 16;
    private const string Rejected = "CALL_REJECTED";

    private readonly SpeakerConnections _connections = new(clock);

    // A ring is worth no write: it is over in a minute, and the leg tells it again if it still matters.
    private RingNotice[] _ringing = [];
    private CallId[] _rejected = [];

    // What nobody was there to hear just after the grain woke: its connections may not have been vouched for yet.
    private SpeakerNotice[] _unheard = [];
    private readonly long _wokeAt = clock.GetTimestamp();

    private string Name => Keys.Name(this.GetPrimaryKeyString());

    private DateTimeOffset Now => clock.GetUtcNow();

    public Task<SpeakerNotice[]> Connect(string connectionId, ISpeakerObserver frontEnd)
    {
        var (isNew, replaced) = _connections.Keep(connectionId, frontEnd);
        if (replaced is not null)
        {
            LogReplaced(Name, replaced.Id);
            // It is off the list already: whether it still hears why changes nothing.
            replaced.Tell(new ReplacedNotice(), static (_, _) => { });
        }
        return Task.FromResult<SpeakerNotice[]>(isNew ? [.. StillRinging(), .. box.State.Pending(Now)] : []);
    }

    public async Task<SpeakerNotice[]> Vouch(string connectionId, ISpeakerObserver frontEnd)
    {
        var isKnown = _connections.Ids.Contains(connectionId);
        var pending = await Connect(connectionId, frontEnd);
        return isKnown ? pending : [.. Unheard(), .. pending];
    }

    public Task Disconnect(string connectionId)
    {
        _connections.Remove(connectionId);
        return Task.CompletedTask;
    }

    public async Task<int> Tell(SpeakerNotice notice)
    {
        if (!Notes(notice))
            return _connections.Ids.Count();
        // Told before it is kept: an alarm is heard also while nothing can be written.
        var told = TellConnections(notice);
        if (told == 0 && notice is AnsweredNotice or EndedNotice && IsJustAwake)
            _unheard = [.. _unheard.TakeLast(RingingMax - 1), notice];
        if (UnreadNotice.Of(notice) is { } unread)
            await Keep(unread);
        return told;
    }

    public Task Miss(RingNotice call)
    {
        StopRinging(call.CallId);
        if (!_rejected.Contains(call.CallId))
            return Tell(SpeakerBox.Missed(call, Now));
        _rejected = Array.FindAll(_rejected, other => other != call.CallId);
        return Task.CompletedTask;
    }

    public async Task<bool> Command(CommandNotice command, IncidentId? incident)
    {
        if (box.State.Find(command.CommandId) is not null)
            return true;
        // A door that opens an hour late is worse than one that stays shut: nobody there, nothing kept.
        if (TellConnections(command) == 0)
            return false;
        await box.Save(box.State.With(command, incident, Now));
        return true;
    }

    public async Task<Refusal> Acknowledge(string noticeId)
    {
        if (box.State.Read(noticeId) is { } next)
        {
            // Told first: what is read twice after a failed write is harmless, what nobody hears of is not.
            if (box.State.IncidentOf(noticeId) is { } incident)
                await GrainFactory.Incident(incident).Heard(Name);
            if (box.State.IsMessage(noticeId) && Guid.TryParse(noticeId, out var posting))
                await GrainFactory.Posting(posting).Read(new(Name));
            await box.Save(next);
            return Refusal.None;
        }
        return box.State.Knows(noticeId) ? Refusal.AlreadyDone : Refusal.NotFound;
    }

    public async Task<Refusal> CommandResult(string commandId, bool ok, string? detail)
    {
        if (box.State.Find(commandId) is not { } known)
            return Refusal.NotFound;
        if (known.Ok is { } before)
            return before == ok ? Refusal.AlreadyDone : Refusal.Conflict;
        await box.Save(box.State.After(known, ok, detail));
        figures.CommandDone(ok);
        if (known.IncidentId is { } incident)
        {
            var outcome = ok ? "done" : "failed";
            await GrainFactory
                .Incident(incident)
                .Note(new("command_result", Name, outcome, Now, MessageId: $"{commandId}:result", Detail: detail));
        }
        LogCommandDone(Name, known.Command.Command, commandId, known.IncidentId?.ToString(), ok);
        return Refusal.None;
    }

    public Task<SpeakerState> Look() =>
        Task.FromResult(
            new SpeakerState(
                [.. _connections.Ids],
                [.. StillRinging().Select(ring => ring.CallId)],
                box.State.Unread.Count(unread => !unread.IsExpired(Now)),
                box.State.Commands
            )
        );

    /// <summary>As long as a front-end takes to vouch again after a silo went away.</summary>
    private bool IsJustAwake => clock.GetElapsedTime(_wokeAt) < TimeSpan.FromSeconds(15);

    private SpeakerNotice[] Unheard() => IsJustAwake ? _unheard : [];

    /// <summary>What the notice changes here. False: it says nothing that is not known.</summary>
    private bool Notes(SpeakerNotice notice)
    {
        switch (notice)
        {
            case RingNotice ring:
                return Rings(ring);
            case AnsweredNotice answered:
                StopRinging(answered.CallId);
                return true;
            case EndedNotice ended:
                // The leg says so while it rings here only when this speaker rejected it: then it was not missed.
                if (StopRinging(ended.CallId) && ended.Cause == Rejected)
                    _rejected = [.. _rejected.TakeLast(RingingMax - 1), ended.CallId];
                return true;
            case MessageNotice message:
                return !box.State.Knows(message.MessageId);
            case AnnouncementNotice announcement:
                return announcement.ExpiresAt > Now && !box.State.Knows(announcement.AnnouncementId);
            default:
                return true;
        }
    }

    private bool Rings(RingNotice ring)
    {
        if (ring.RingsUntil <= Now || _ringing.Contains(ring))
            return false;
        var others = _ringing.Where(other => other.CallId != ring.CallId && other.RingsUntil > Now);
        _ringing = [.. others.TakeLast(RingingMax - 1), ring];
        return true;
    }

    private bool StopRinging(CallId call)
    {
        var left = Array.FindAll(_ringing, ring => ring.CallId != call);
        (var rang, _ringing) = (left.Length < _ringing.Length, left);
        return rang;
    }

    /// <summary>With the seconds that are left of each.</summary>
    private IEnumerable<RingNotice> StillRinging() =>
        _ringing
            .Where(ring => ring.RingsUntil > Now)
            .Select(ring => ring with { RingSeconds = (int)Math.Ceiling((ring.RingsUntil - Now).TotalSeconds) });

    private int TellConnections(SpeakerNotice notice)
    {
        var told = _connections.Tell(notice, (connection, why) => LogForgotten(Name, connection, why));
        figures.Told(notice, told);
        return told;
    }

    private async Task Keep(UnreadNotice unread)
    {
        var (next, dropped) = box.State.With(unread, Now);
        if (dropped > 0)
            LogDropped(Name, dropped);
        await box.Save(next);
    }

    [LoggerMessage(LogLevel.Information, "Speaker {Speaker}: connection {Connection} is forgotten: {Reason}")]
    private partial void LogForgotten(string speaker, string connection, string reason);

    [LoggerMessage(LogLevel.Warning, "Speaker {Speaker} has too many connections; {Connection} gives way")]
    private partial void LogReplaced(string speaker, string connection);

    [LoggerMessage(LogLevel.Warning, "Speaker {Speaker} reads nothing; {Count} old notices are dropped unread")]
    private partial void LogDropped(string speaker, int count);

    [LoggerMessage(
        LogLevel.Information,
        "Speaker {Speaker}: command {Command} ({CommandId}) of incident {Incident} is done: {Ok}"
    )]
    private partial void LogCommandDone(string speaker, string command, string commandId, string? incident, bool ok);
}
