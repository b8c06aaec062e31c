namespace Orleans.Runtime;

internal sealed partial class Activation
{
    private bool Interleaves(Call call) => call.Plan.Interleaves || grainClass.IsReentrant;

    private bool HasStartable()
    {
        if (_sleepsNext && _running is null)
            return false;
        if (_running is null)
            return _waiting.Count > 0;
        foreach (var call in _waiting)
        {
            if (Interleaves(call))
                return true;
        }
        return false;
    }

    /// <summary>
    /// The next call that may begin: the first in line, or behind a running one the first that may interleave.
    /// </summary>
    private Call? TakeStartable()
    {
        if (_phase != Phase.Awake || (_sleepsNext && _running is null))
            return null;
        if (_running is null && _waiting.TryDequeue(out var first))
        {
            if (Interleaves(first))
                _interleaved++;
            else
                _running = first;
            return first;
        }
        for (var turn = _waiting.Count; turn > 0; turn--)
        {
            var call = _waiting.Dequeue();
            if (Interleaves(call))
            {
                // What was passed over goes back to the end; go round once so that the order stays.
                for (var rest = turn - 1; rest > 0; rest--)
                    _waiting.Enqueue(_waiting.Dequeue());
                _interleaved++;
                return call;
            }
            _waiting.Enqueue(call);
        }
        return null;
    }

    private void Start(Call call)
    {
        if (call.IsAnswered)
        {
            Finished(call);
            return;
        }
        if (call.Ambient is { } ambient)
            ExecutionContext.Run(ambient, static turn => ((Turn)turn!).Begin(), new Turn(this, call));
        else
            new Turn(this, call).Begin();
    }

    private void Finished(Call call)
    {
        lock (_gate)
        {
            if (ReferenceEquals(_running, call))
                _running = null;
            else
                _interleaved--;
            _usedAt = engine.Timestamp;
            if (_owned || !HasWork())
                return;
            _owned = true;
        }
        engine.Options.Schedule(this);
    }

    /// <summary>The first stretch of a call, under the ambient values of its caller.</summary>
    private sealed class Turn(Activation activation, Call call)
    {
        public void Begin()
        {
            CallChain.Enter(activation, call);
            activation.Engine.Figures.Turn();
            Task task;
            try
            {
                task = call.Begin(activation.GrainInstance!);
            }
#pragma warning disable CA1031 // Whatever a grain throws belongs to its caller.
            catch (Exception trouble)
#pragma warning restore CA1031
            {
                task = Task.FromException(trouble);
            }
            if (task.IsCompleted)
                End(task);
            else
                _ = EndLater(task);
        }

        private async Task EndLater(Task task)
        {
            activation.Engine.Watch(activation);
            await task.ConfigureAwait(
                ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing
            );
            End(task);
        }

        private void End(Task task)
        {
            if (task.Exception?.InnerException is Storage.InconsistentStateException stale)
            {
                activation.Deactivate(new(DeactivationReasonCode.ApplicationError, stale.Message));
            }
            if (call.Plan.IsOneWay && task.Exception is { } lost)
                activation.Engine.ToldInVain(activation, call, lost);
            call.Complete(task);
            activation.Finished(call);
        }
    }
}
