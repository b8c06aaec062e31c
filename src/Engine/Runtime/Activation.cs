namespace Orleans.Runtime;

/// <summary>
/// A grain that is awake: its mailbox, and the single thread of control through it. It is the synchronization context
/// of the grain's code, so whatever the grain awaits, it goes on here and never beside itself.
/// </summary>
internal sealed partial class Activation(GrainId id, GrainClass grainClass, GrainEngine engine)
    : SynchronizationContext,
        IThreadPoolWorkItem,
        IGrainContext
{
    private enum Phase : byte
    {
        Asleep,
        Waking,
        Awake,
        FallingAsleep,
        Gone,
    }

    [ThreadStatic]
    private static Activation? _beingBuilt;

    private readonly Lock _gate = new();
    private Continuations _continuations;
    private Mailbox _waiting;
    private GrainTimer? _timers;
    private Call? _running;
    private int _interleaved;
    private bool _owned;
    private bool _sleepsNext;
    private Phase _phase;
    private long _usedAt = engine.Timestamp;
    private long _awakeUntil;
    private DeactivationReason _reason;

    /// <summary>The activation whose grain the present thread is constructing.</summary>
    public static Activation? BeingBuilt => _beingBuilt;

    public GrainId GrainId => id;

    public GrainEngine Engine => engine;

    public object? GrainInstance { get; private set; }

    public IServiceProvider ActivationServices => engine.Services;

    public bool IsReentrant => grainClass.IsReentrant;

    public bool IsGone => _phase == Phase.Gone;

    /// <summary>Whether anybody waits for an answer.</summary>
    public bool IsBusy
    {
        get
        {
            lock (_gate)
                return _running is not null || _interleaved > 0 || _waiting.Count > 0;
        }
    }

    private bool IsFull => _waiting.Count >= engine.Options.MailboxMax;

    public bool IsRunning(Call call)
    {
        lock (_gate)
            return ReferenceEquals(_running, call);
    }

    /// <summary>
    /// Takes a call into the mailbox. False: this activation is gone, and the next one should be asked.
    /// </summary>
    /// <exception cref="LimitExceededException">The mailbox is full.</exception>
    public bool TryTake(Call call, bool inline)
    {
        lock (_gate)
        {
            if (_phase == Phase.Gone)
                return false;
            if (IsFull)
            {
                throw new LimitExceededException(
                    $"{_waiting.Count} calls wait for {id}; {call.Plan.Name} was not taken."
                );
            }
            if (!Put(call))
                return true;
        }
        if (!inline || Run(itemsMax: 1))
            Schedule();
        return true;
    }

    /// <summary>Takes a tick of a timer; false when the mailbox is full or the activation is gone.</summary>
    public bool TryTakeTick(TimerTick tick)
    {
        lock (_gate)
        {
            if (_phase != Phase.Awake || IsFull)
                return false;
            if (!Put(tick))
                return true;
        }
        // Many fall due at one moment, and the thread that says so is nobody's own.
        engine.Options.ScheduleBehind(this);
        return true;
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_gate)
        {
            _continuations.Add(d, state);
            if (_owned)
                return;
            _owned = true;
        }
        Schedule();
    }

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("A grain is never waited for synchronously.");

    public override SynchronizationContext CreateCopy() => this;

    void IThreadPoolWorkItem.Execute()
    {
        if (Run(engine.Options.StretchesMax))
            engine.Options.ScheduleBehind(this);
    }

    public void KeepAwake(TimeSpan span) => _awakeUntil = engine.Clock.GetTimestamp() + engine.Ticks(span);

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (_sleepsNext || _phase == Phase.Gone)
                return;
            (_sleepsNext, _reason) = (true, deactivationReason);
            if (_owned)
                return;
            _owned = true;
        }
        Schedule();
    }

    /// <summary>Puts itself to sleep when nobody has called since <paramref name="before"/>.</summary>
    public bool SleepIfIdle(long before)
    {
        lock (_gate)
        {
            var busy =
                _running is not null || _interleaved > 0 || _waiting.Count > 0 || _owned || _phase != Phase.Awake;
            if (busy || _usedAt >= before || _awakeUntil > engine.Timestamp || HasTimerThatKeepsAwake())
                return false;
        }
        Deactivate(new(DeactivationReasonCode.ActivationIdle, "Nobody called for a while."));
        return true;
    }

    /// <summary>Tells callers who have waited since before the deadline that they wait no longer.</summary>
    public void Expire(long deadline)
    {
        List<Call>? late = null;
        string? doing;
        lock (_gate)
        {
            doing = _running?.Plan.Name;
            if (_running is { IsAnswered: false } running && running.AskedAt < deadline)
                (late ??= []).Add(running);
            for (var call = _waiting.First; call is not null; call = call.Next)
            {
                if (call.AskedAt < deadline && !call.IsAnswered)
                    (late ??= []).Add(call);
            }
        }
        foreach (var call in late ?? [])
        {
            var state =
                doing is null ? "it is waking up"
                : doing == call.Plan.Name ? "it is still at it"
                : $"it is busy with {doing}";
            call.Fail(
                new TimeoutException(
                    $"{call.Plan.Name} of {id} did not answer within {engine.Options.CallTimeout}: {state}."
                )
            );
        }
    }

    /// <returns>Whether whoever puts it there has to run it, or to have it run.</returns>
    private bool Put(Call call)
    {
        call.MayInterleave = call.Plan.Interleaves || grainClass.IsReentrant;
        _waiting.Add(call);
        var isFree = !_owned;
        _owned = true;
        return isFree;
    }

    /// <summary>Runs turns until there is nothing to do, or others should have the thread.</summary>
    /// <returns>Whether there is more to do, which has to be scheduled.</returns>
    private bool Run(int itemsMax)
    {
        var outer = Current;
        SetSynchronizationContext(this);
        try
        {
            for (var item = 0; item < itemsMax; item++)
            {
                if (!RunStretch())
                    return false;
            }
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
        lock (_gate)
            return _owned = HasWork();
    }

    /// <summary>
    /// One continuation, one call, or one step of waking and falling asleep. False: nothing to do, and let go.
    /// </summary>
    private bool RunOne()
    {
        (SendOrPostCallback Act, object? State) continuation;
        Call? call = null;
        lock (_gate)
        {
            if (_continuations.TryTake(out continuation)) { }
            else if (_phase == Phase.Asleep)
                _phase = Phase.Waking;
            else if (TakeStartable() is { } startable)
                call = startable;
            else if (_sleepsNext && IsQuiet())
                _phase = Phase.FallingAsleep;
            else
            {
                _owned = false;
                return false;
            }
        }
        if (continuation.Act is not null)
            continuation.Act(continuation.State);
        else if (call is not null)
            Start(call);
        else if (_phase == Phase.Waking)
            _ = WakeUp();
        else
            _ = FallAsleep();
        return true;
    }

    private bool HasWork() =>
        _continuations.Any
        || _phase == Phase.Asleep
        || (_phase == Phase.Awake && (HasStartable() || (_sleepsNext && IsQuiet())));

    private bool IsQuiet() => _phase == Phase.Awake && _running is null && _interleaved == 0;

    private bool HasTimerThatKeepsAwake()
    {
        var timer = _timers;
        while (timer is { KeepsAwake: false })
            timer = timer.Next;
        return timer is not null;
    }

    /// <summary>What goes on when somebody has the thread: most grains wait for one thing at a time.</summary>
    private struct Continuations
    {
        private (SendOrPostCallback Act, object? State) _first;
        private Queue<(SendOrPostCallback Act, object? State)>? _more;

        public readonly bool Any => _first.Act is not null;

        public void Add(SendOrPostCallback act, object? state)
        {
            if (_first.Act is null)
                _first = (act, state);
            else
                (_more ??= new()).Enqueue((act, state));
        }

        public bool TryTake(out (SendOrPostCallback Act, object? State) taken)
        {
            taken = _first;
            _first = default;
            if (_more?.TryDequeue(out _first) == false)
                _more = null;
            return taken.Act is not null;
        }
    }
}
