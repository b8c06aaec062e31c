namespace Orleans.Runtime;

internal sealed partial class Activation
{
    public void Add(GrainTimer timer)
    {
        lock (_gate)
            (timer.Next, _timers) = (_timers, timer);
    }

    public void Drop(GrainTimer timer)
    {
        lock (_gate)
        {
            if (_timers == timer)
            {
                _timers = timer.Next;
                return;
            }
            for (var before = _timers; before is not null; before = before.Next)
            {
                if (before.Next == timer)
                    before.Next = timer.Next;
            }
        }
    }

    private async Task WakeUp()
    {
        try
        {
            Build();
            foreach (var part in _loaded)
                await part.Load();
            _loaded = [];
            await ((IGrainBase)GrainInstance!).OnActivateAsync(CancellationToken.None);
            lock (_gate)
                (_phase, _usedAt) = (Phase.Awake, engine.Timestamp);
            engine.Figures.Activated(grainClass);
        }
        // Whatever keeps a grain from waking is told to everybody who called it; the next call tries afresh.
#pragma warning disable CA1031
        catch (Exception trouble)
#pragma warning restore CA1031
        {
            foreach (var call in Leave())
                call.Fail(trouble);
            return;
        }
        GoOn();
    }

    private async Task FallAsleep()
    {
        StopTimers();
        try
        {
            await ((IGrainBase)GrainInstance!).OnDeactivateAsync(_reason, CancellationToken.None);
        }
#pragma warning disable CA1031 // It sleeps all the same; what it could not do is told to the log.
        catch (Exception trouble)
#pragma warning restore CA1031
        {
            engine.TroubleAsleep(this, trouble);
        }
        engine.Figures.Deactivated(grainClass);
        // Whoever still waits is served by the next activation, which could not begin before now.
        foreach (var call in Leave())
            engine.Deliver(id, call, inline: false);
    }

    private ILoadedAtActivation[] _loaded = [];

    private void Build()
    {
        _beingBuilt = this;
        try
        {
            (GrainInstance, _loaded) = grainClass.Build(this);
        }
        finally
        {
            _beingBuilt = null;
        }
    }

    /// <summary>From here on nothing is taken; answers what was waiting.</summary>
    private Call[] Leave()
    {
        engine.Remove(this);
        StopTimers();
        lock (_gate)
        {
            _phase = Phase.Gone;
            return _waiting.TakeAll();
        }
    }

    private void StopTimers()
    {
        while (_timers is { } timer)
            timer.Dispose();
    }

    private void GoOn()
    {
        lock (_gate)
        {
            if (_owned || !HasWork())
                return;
            _owned = true;
        }
        Schedule();
    }
}
