using IotOrleans.Events;

namespace IotOrleans.Simulation;

/// <summary>
/// One database for all processes of a day. Writes of one process are one after another; in bad times they fail, are
/// slow, or nobody hears whether they were done. What was on its way when a process died may be done yet.
/// </summary>
internal sealed class Database(World world)
{
    private static readonly TimeSpan LineMax = TimeSpan.FromSeconds(1);

    private readonly List<Pending> _pending = [];
    private readonly Dictionary<Guid, int> _tries = [];
    private long _freeAt;
    private int _reads;

    public Rows Rows { get; } = new(world);

    public ModelStorage.Table States { get; } = new();

    /// <summary>Set while times are bad.</summary>
    public DatabaseTrouble? Trouble { get; set; }

    /// <summary>Operations that nobody has had an answer to.</summary>
    public int Waiting { get; private set; }

    /// <summary>When a write of a dead process was last done, which the living one may have read past.</summary>
    public long LateAt { get; private set; } = long.MinValue;

    public Task<T> Read<T>(Life life, string what, Func<T> read)
    {
        var luck = world.Chance.Of(what, _reads++);
        var answer = new TaskCompletionSource<T>();
        var isDown = Trouble is { } trouble && trouble.Fails(luck);
        Later(
            life,
            Length(luck, luck.Between(200, 2_000)),
            () => Settle(answer, isDown ? throw new JournalUnavailableException() : read())
        );
        return answer.Task;

        static void Settle(TaskCompletionSource<T> answer, T found) => answer.SetResult(found);

        void Later(Life life, TimeSpan after, Action act) => Answer(life, after, act, answer.SetException);
    }

    public Task<T> Write<T>(Life life, Guid name, Func<T> write)
    {
        _tries[name] = _tries.GetValueOrDefault(name) + 1;
        var luck = world.Chance.Of("write", name, _tries[name]);
        var answer = new TaskCompletionSource<T>();
        var length = Length(luck, luck.Between(300, 4_000));
        if (Trouble is { } trouble && trouble.Fails(luck))
        {
            Answer(life, length, () => throw new JournalUnavailableException(), answer.SetException);
            return answer.Task;
        }
        var isHeard = Trouble?.IsHeard(luck) ?? true;
        var isDone = isHeard || luck.Of("done").In(60);
        var waits = _freeAt - world.Calendar.Now;
        _freeAt = Math.Max(_freeAt, world.Calendar.Now) + length.Ticks;
        // Whoever stands in line behind a write of bad times has them too.
        if (waits > LineMax.Ticks)
            world.Troubled(TimeSpan.FromTicks(waits + length.Ticks));
        var pending = new Pending(life, () => Commit(write, answer, isHeard));
        _pending.Add(pending);
        Waiting++;
        world.Calendar.At(_freeAt, () => Land(pending, isDone));
        if (!isHeard)
        {
            world.Say("disk: nobody hears what became of a write");
            Answer(life, luck.Of("late").Span(50, 6_000), () => throw Unheard(), answer.SetException);
        }
        return answer.Task;
    }

    /// <summary>The first of what was on its way may be done now, a moment later, or never; then the others.</summary>
    public void Die(Life life)
    {
        var luck = life.Luck.Of("last writes");
        var left = luck.Below(3);
        foreach (var pending in _pending.FindAll(pending => pending.Life == life && !pending.IsOver))
        {
            if (left-- <= 0)
                pending.IsLost = true;
            else if (luck.Of("late").In(30))
            {
                pending.IsLost = true;
                world.Calendar.After(luck.Of("how late").Span(10, 4_000), () => DoLate(pending));
            }
        }
    }

    /// <summary>What was begun in bad times is in trouble until it has ended.</summary>
    private TimeSpan Length(Chance luck, int usual)
    {
        if (Trouble is not { } trouble)
            return TimeSpan.FromMicroseconds(usual);
        var length = trouble.Length(luck);
        world.Troubled(length);
        return length;
    }

    private void DoLate(Pending pending)
    {
        LateAt = world.Calendar.Now;
        pending.Done();
    }

    private void Land(Pending pending, bool isDone)
    {
        Waiting--;
        _pending.Remove(pending);
        pending.IsOver = true;
        if (isDone && !pending.IsLost)
            pending.Done();
    }

    private static void Commit<T>(Func<T> write, TaskCompletionSource<T> answer, bool isHeard)
    {
        T written;
        try
        {
            written = write();
        }
        catch (Exception trouble) when (HouseLog.IsOfTheWorld(trouble))
        {
            if (isHeard)
                answer.SetException(trouble);
            return;
        }
        if (isHeard)
            answer.SetResult(written);
    }

    private void Answer(Life life, TimeSpan after, Action act, Action<Exception> fail)
    {
        Waiting++;
        world.Calendar.After(
            after,
            () =>
            {
                Waiting--;
                if (!life.IsAlive)
                    return;
                try
                {
                    act();
                }
                catch (JournalUnavailableException trouble)
                {
                    fail(trouble);
                }
            }
        );
    }

    private static JournalUnavailableException Unheard() => new("The line to the database broke.");

    private sealed class Pending(Life life, Action done)
    {
        public Life Life => life;

        public Action Done => done;

        public bool IsLost { get; set; }

        public bool IsOver { get; set; }
    }
}

/// <summary>How a database is in bad times; all in percent of what is asked of it.</summary>
/// <param name="Failing">Refused, and certainly not done.</param>
/// <param name="Unheard">Done or not: nobody hears.</param>
/// <param name="Slow">Takes seconds, up to forty.</param>
internal sealed record DatabaseTrouble(int Failing, int Unheard, int Slow)
{
    public bool Fails(Chance luck) => luck.Of("fails").In(Failing);

    public bool IsHeard(Chance luck) => !luck.Of("heard").In(Unheard);

    public TimeSpan Length(Chance luck) =>
        luck.Of("slow").In(Slow)
            ? luck.Of("how slow").Span(500, luck.Of("very").In(15) ? 40_000 : 5_000)
            : TimeSpan.FromMicroseconds(luck.Between(300, 4_000));
}
