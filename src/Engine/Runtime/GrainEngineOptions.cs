using System.ComponentModel.DataAnnotations;

namespace Orleans.Hosting;

/// <summary>Limits of the embedded engine.</summary>
public sealed class GrainEngineOptions
{
    /// <summary>A grain that nobody has called for this long is put to sleep.</summary>
    public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>The longest that a caller waits for an answer.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Calls that may wait for one grain.</summary>
    [Range(1, 10_000_000)]
    public int MailboxMax { get; set; } = 10_000;

    /// <summary>How long a stop waits for grains to finish and be put to sleep.</summary>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(20);

    public TimeSpan ReminderPeriodMin { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Whether a caller may run the first stretch of a call on its own thread when the grain is idle: no hand-over to
    /// another thread. Off, every turn goes through <see cref="Schedule"/>.
    /// </summary>
    public bool RunsInline { get; set; } = true;

    /// <summary>What one grain may do before others have the thread: calls begun and stretches gone on with.</summary>
    [Range(1, 10_000)]
    public int StretchesMax { get; set; } = 64;

    /// <summary>
    /// Whether somebody outside the grains who waits for an answer goes on at once on the thread that gave it, which a
    /// simulation needs to have one order of everything. Grains go on in turns of their own in any case.
    /// </summary>
    public bool AnswersInline { get; set; }

    internal TaskCreationOptions Answering =>
        AnswersInline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously;

    /// <summary>
    /// Where turns are run: by the thread that asks for it as soon as it is free, or by another that is so before. A
    /// simulation puts its own order here.
    /// </summary>
    public Action<IThreadPoolWorkItem> Schedule { get; set; } =
        static item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: true);

    /// <summary>
    /// Where a grain goes on that has had its share, and all but the first that one stretch gives work to: behind all
    /// who wait for a thread, in their order. The queue of a thread gives the last one first.
    /// </summary>
    public Action<IThreadPoolWorkItem> ScheduleBehind { get; set; } =
        static item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
}
