using IotOrleans.Events;
using IotOrleans.Journal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace IotOrleans.Calls;

internal sealed partial class MediaServerGrain(
    IOptions<MediaServerOptions> options,
    IJournal journal,
    TimeProvider clock,
    ILogger<MediaServerGrain> log
) : Grain, IMediaServerGrain
{
    private MediaServerOptions _limits = null!;
    private DialQueue _queue = null!;
    private IGrainTimer? _pump;

    private string Name => Keys.Name(this.GetPrimaryKeyString());

    /// <summary>Calls that it gave room to before its silo died still take that room.</summary>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _limits = options.Value.For(Name);
        _queue = new(_limits, clock.GetUtcNow());
        try
        {
            await foreach (var call in journal.ReadLegsOn(Name, cancellationToken))
                _queue.Restore(call, clock.GetUtcNow());
        }
        catch (JournalUnavailableException trouble)
        {
            // An alarm does not wait for the database: the switch's own limits hold meanwhile.
            LogForgotten(Name, trouble.Message);
        }
    }

    public Task<Answer<bool>> Admit(CallId call, bool lifeSafety) => Admit(call, lifeSafety, priority: 0);

    public Task<Answer<bool>> Admit(CallId call, bool lifeSafety, int priority)
    {
        var admission = _queue.Ask(call, lifeSafety, clock.GetUtcNow(), priority);
        if (admission == Admission.Waits)
            KeepPumping();
        return Task.FromResult<Answer<bool>>(
            admission == Admission.Full ? Refusal.LimitReached : admission == Admission.Granted
        );
    }

    public async Task Release(CallId call)
    {
        _queue.Leave(call);
        if (_queue.Waiting > 0)
            await Pump();
    }

    public Task<MediaServerState> Look() =>
        Task.FromResult(
            new MediaServerState(
                Name,
                _queue.Calls,
                _queue.Waiting,
                _queue.WaitingLifeSafety,
                _limits.CallsPerSecond,
                _limits.CallsMax
            )
        );

    private void KeepPumping() =>
        _pump ??= this.RegisterGrainTimer(
            _ => Pump(),
            new GrainTimerCreationOptions(_queue.Interval, _queue.Interval) { KeepAlive = true }
        );

    private async Task Pump()
    {
        foreach (var call in _queue.TakeDue(clock.GetUtcNow()))
            await GrainFactory.CallLeg(call).Proceed(Name);
        if (_queue.Waiting > 0)
            return;
        _pump?.Dispose();
        _pump = null;
    }

    [LoggerMessage(LogLevel.Warning, "What switch {Switch} carries cannot be counted now: {Reason}")]
    private partial void LogForgotten(string @switch, string reason);
}
