using System.Collections.Concurrent;
using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Incidents;
using IotOrleans.Speakers;
using IotOrleans.Subscribers;

namespace IotOrleans.Tests.Speakers;

/// <summary>The calls of a test, and what speakers said of them.</summary>
public sealed class TestCalls
{
    public static readonly TimeSpan RingTime = TimeSpan.FromSeconds(30);

    public ConcurrentDictionary<CallId, DeviceId[]> Targets { get; } = new();

    public ConcurrentQueue<string> Said { get; } = new();

    /// <summary>What was told to incidents.</summary>
    public ConcurrentQueue<IncidentAttempt> Noted { get; } = new();

    /// <summary>The calls that come from a door.</summary>
    public ConcurrentDictionary<CallId, Visit> Doors { get; } = new();

    /// <summary>What a leg throws when a speaker asks it.</summary>
    public Exception? Trouble { get; set; }
}

/// <summary>
/// A call leg that knows no switch: it rings speakers, the first answer wins, the others hear who won.
/// </summary>
public sealed class TestLegGrain(TestCalls calls, TimeProvider clock) : Grain, ICallLegGrain
{
    private RingNotice? _notice;
    private DeviceId? _winner;
    private bool _over;

    private CallId Id => CallId.Parse(Keys.Name(this.GetPrimaryKeyString()), null);

    private Visit? Door => calls.Doors.GetValueOrDefault(Id);

    private DeviceId[] Targets => calls.Targets.GetValueOrDefault(Id) ?? [];

    public async Task<bool> Arrive(IotOrleans.Calls.IncomingCall call)
    {
        var now = clock.GetUtcNow();
        var caller = call.From.Length == 0 ? null : call.From;
        var seconds = (int)TestCalls.RingTime.TotalSeconds;
        _notice = new(Id, caller, call.FromName, call.To, seconds, now, now + TestCalls.RingTime, Door);
        await TellAll(_notice);
        return true;
    }

    public async Task<Refusal> Answer(DeviceId speaker)
    {
        if (Refuse("answer", speaker) is var refusal and not Refusal.None)
            return refusal;
        if (_winner is not null)
            return _winner == speaker ? Refusal.AlreadyDone : Refusal.AnsweredElsewhere;
        _winner = speaker;
        await TellAll(new AnsweredNotice(Id, speaker));
        return Refusal.None;
    }

    public async Task<Refusal> Reject(DeviceId speaker)
    {
        if (Refuse("reject", speaker) is var refusal and not Refusal.None)
            return refusal;
        await GrainFactory.Speaker(speaker).Tell(new EndedNotice(Id, "CALL_REJECTED"));
        return Refusal.None;
    }

    public Task<Refusal> Ringing(DeviceId speaker) => Task.FromResult(Refuse("ringing", speaker));

    public async Task<Refusal> HangUpBy(DeviceId speaker)
    {
        if (Refuse("hangup", speaker) is var refusal and not Refusal.None)
            return refusal;
        return _winner == speaker ? await HangUp("NORMAL_CLEARING") : Refusal.NotAllowed;
    }

    public async Task<Refusal> HangUp(string cause)
    {
        _over = true;
        await TellAll(new EndedNotice(Id, cause));
        if (_winner is null)
        {
            foreach (var target in Targets)
                await GrainFactory.Speaker(target).Miss(_notice!);
        }
        return Refusal.None;
    }

    public Task Wake() => Task.CompletedTask;

    public Task Proceed(string mediaServer) => Task.CompletedTask;

    public Task Follow(SwitchEvent change) => Task.CompletedTask;

    public Task FollowLeg(LegReport report) => Task.CompletedTask;

    public Task<CallRecord?> Look() => Task.FromResult<CallRecord?>(null);

    public Task<Answer<CallRecord>> Dial(CallOrder order) => Task.FromResult<Answer<CallRecord>>(Refusal.NotAllowed);

    public Task<Answer<CallRecord>> Visit(VisitOrder order) => Task.FromResult<Answer<CallRecord>>(Refusal.NotAllowed);

    public Task<Refusal> Transfer(RingTarget target, DeviceId? by) => Task.FromResult(Refusal.NotAllowed);

    public Task FollowKey(CallId leg, string key) => Task.CompletedTask;

    public Task<Refusal> OpenDoor(DeviceId speaker) => Task.FromResult(Refuse("open_door", speaker));

    private Refusal Refuse(string act, DeviceId speaker)
    {
        calls.Said.Enqueue($"{act} {speaker}");
        if (calls.Trouble is { } trouble)
            throw trouble;
        if (!Targets.Contains(speaker))
            return Refusal.NotFound;
        return _over ? Refusal.Ended : Refusal.None;
    }

    private Task TellAll(SpeakerNotice notice) =>
        Task.WhenAll(Targets.Select(target => GrainFactory.Speaker(target).Tell(notice)));
}
