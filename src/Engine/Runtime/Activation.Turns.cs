namespace Orleans.Runtime;

internal sealed partial class Activation
{
    private bool HasStartable() => _running is null ? !_sleepsNext && _waiting.Count > 0 : _waiting.HasInterleaving;

    /// <summary>
    /// The next call that may begin: the first in line, or behind a running one the first that may interleave.
    /// </summary>
    private Call? TakeStartable()
    {
        if (_phase != Phase.Awake || (_sleepsNext && _running is null))
            return null;
        var call = _running is null ? _waiting.TakeFirst() : _waiting.TakeInterleaving();
        if (call is { MayInterleave: true })
            _interleaved++;
        else if (call is not null)
            _running = call;
        return call;
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
        Schedule();
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
