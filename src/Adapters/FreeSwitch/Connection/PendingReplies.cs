namespace IotOrleans.FreeSwitch;

/// <summary>
/// The commands that wait for a reply, oldest first, and the jobs that wait for a result. Replies carry no id: the
/// order is all that connects them with their commands.
/// </summary>
internal sealed class PendingReplies(EslConnectionOptions options)
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource<EslFrame>> _commands = new();
    private readonly Dictionary<string, EslJob> _jobs = new(StringComparer.Ordinal);
    private EslLostException? _loss;

    public EslLostException? Loss => Volatile.Read(ref _loss);

    /// <summary>Makes room for replies before their commands are written.</summary>
    public Task<EslFrame>[] Expect(int count)
    {
        lock (_lock)
        {
            if (_loss is { } loss)
                throw loss.For(written: false);
            if (_commands.Count + count > options.PendingMax)
                throw new EslBusyException(_commands.Count);
            var replies = new Task<EslFrame>[count];
            for (var i = 0; i < count; i++)
            {
                var reply = new TaskCompletionSource<EslFrame>(TaskCreationOptions.RunContinuationsAsynchronously);
                _commands.Enqueue(reply);
                replies[i] = reply.Task;
            }
            return replies;
        }
    }

    public void Reply(EslFrame frame)
    {
        TaskCompletionSource<EslFrame>? oldest;
        lock (_lock)
        {
            if (!_commands.TryDequeue(out oldest))
                throw new EslProtocolException("A reply came that nothing had asked for.");
        }
        oldest.TrySetResult(frame);
    }

    public EslJob ExpectJob()
    {
        var job = new EslJob();
        lock (_lock)
        {
            if (_loss is { } loss)
                throw loss.For(written: false);
            if (_jobs.Count >= options.JobsMax)
                throw new EslBusyException(_jobs.Count);
            _jobs.Add(job.Id, job);
        }
        return job;
    }

    public void Forget(EslJob job)
    {
        lock (_lock)
            _jobs.Remove(job.Id);
    }

    /// <summary>Every subscriber hears of every job; only our own are ours.</summary>
    public void EndJob(EslEvent result)
    {
        EslJob? job;
        lock (_lock)
        {
            if (!_jobs.Remove(result["Job-UUID"] ?? "", out job))
                return;
        }
        job.Complete(EslReply.Of(result.Body ?? ""));
    }

    /// <summary>
    /// The first loss counts. Everything that waits learns of it, and nothing can begin to wait after it.
    /// </summary>
    public bool Fail(EslLostException loss)
    {
        List<TaskCompletionSource<EslFrame>> commands;
        List<EslJob> jobs;
        lock (_lock)
        {
            if (_loss is not null)
                return false;
            _loss = loss;
            (commands, jobs) = ([.. _commands], [.. _jobs.Values]);
            _commands.Clear();
            _jobs.Clear();
        }
        foreach (var command in commands)
        {
            command.TrySetException(loss.For(written: true));
            _ = command.Task.Exception; // Seen here, for not every caller waits for every reply of a group.
        }
        jobs.ForEach(job => job.Fail(loss.For(written: true)));
        return true;
    }
}
