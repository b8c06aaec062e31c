using System.Runtime.CompilerServices;
using IotOrleans.Calls;
using IotOrleans.Incidents;

namespace IotOrleans.Simulation;

/// <summary>
/// One day: a house, the processes that serve it one after another, and everything around them. Virtual time moves on
/// only when nobody has anything to do, so a day takes milliseconds; all hangs on the script and its seed.
/// </summary>
internal sealed partial class World
{
    /// <summary>After the last act everything must have come to its end by then.</summary>
    private static readonly TimeSpan QuietAfter = TimeSpan.FromHours(6);

    private static readonly TimeSpan OverdueMax = TimeSpan.FromSeconds(75);

    /// <summary>More is no day but a house that goes round in circles.</summary>
    private const int TurnsMax = 300_000;

    private readonly List<string>? _said;
    private Life? _life;
    private int _lives;
    private int _turns;
    private bool _isOver;
    private ulong _trace;

    public World(Day day, bool tells = false)
    {
        (Day, House, Chance) = (day, day.House, new Chance(day.Seed).Of("world"));
        _said = tells ? [] : null;
        Database = new(this);
        Ledger = new(this);
        Switches = [.. Enumerable.Range(1, House.SwitchCount).Select(number => new ModelSwitch(this, $"sw{number}"))];
    }

    public Day Day { get; }

    public House House { get; }

    public Chance Chance { get; }

    public Calendar Calendar { get; } = new();

    public Database Database { get; }

    public ModelSwitch[] Switches { get; }

    public Ledger Ledger { get; }

    public TimeSpan Skew { get; private set; }

    /// <summary>The clock on the wall.</summary>
    public DateTimeOffset Now => House.Begins.AddTicks(Calendar.Now) + Skew;

    public IReadOnlyList<string> Said => _said ?? [];

    public Life? Life => _life;

    /// <summary>When the last fault so far is over, on the clock that never jumps.</summary>
    public long TroubledUntil { get; private set; }

    public bool IsCalmFor(TimeSpan span) => Calendar.Now - TroubledUntil > span.Ticks;

    public static Outcome Run(Day day, bool tells = false)
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            var world = new World(day, tells);
            world.Live();
            return new(world.Ledger.Broken, world._trace, world._turns, world.Calendar.Now, world.Said);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    /// <summary>Whether somebody will read how it went.</summary>
    public bool Tells => _said is not null;

    public void Say([InterpolatedStringHandlerArgument("")] Sentence text) =>
        _said?.Add($"{TimeSpan.FromTicks(Calendar.Now):hh\\:mm\\:ss\\.ffffff} {text.ToString()}");

    public void Say(string text) => Say($"{text}");

    public string Name(CallId leg) => _said is null ? "" : Short(leg.Value);

    public string Name(IncidentId incident) => _said is null ? "" : Short(incident.Value);

    /// <summary>Goes into the mark by which two runs are compared.</summary>
    public void Trace(ulong luck) => _trace = Chance.Mix(_trace ^ luck ^ (ulong)Calendar.Now);

    public void Crash()
    {
        if (_life is not { } life)
            return;
        Say($"process {life.Number} dies");
        _life = null;
        life.Die();
        Database.Die(life);
        Calendar.After(_downFor, Start);
        Troubled(_downFor);
    }

    public void Troubled(TimeSpan length) => TroubledUntil = Math.Max(TroubledUntil, Calendar.Now + length.Ticks);

    private static string Short(Guid id) => id.ToString("N")[..6];

    private void Live()
    {
        Start();
        Furnish();
        foreach (var act in Day.Acts)
            Calendar.At(_begun + act.At.Ticks, () => Do(act));
        var last = Day.Acts.Length == 0 ? 0 : Day.Acts[^1].At.Ticks + LongestFault().Ticks;
        Calendar.At(_begun + last + TimeSpan.FromMinutes(2).Ticks, () => _isOver = true);
        Run(() => _isOver && IsQuiet(), _begun + last + QuietAfter.Ticks);
        // What was under way when the last row was closed comes to its end too.
        if (Ledger.Broken.Count == 0)
        {
            Run(() => false, Calendar.Now + TimeSpan.FromMinutes(3).Ticks);
            Ledger.Judge();
        }
    }

    private TimeSpan LongestFault() => Day.Acts.Select(LengthOf).DefaultIfEmpty().Max();

    private static TimeSpan LengthOf(Act act) =>
        act switch
        {
            LineBreaks { For: var length } => length,
            SwitchRestarts { For: var length } => length,
            DatabaseIsTroubled { For: var length } => length,
            EventsAreTroubled { For: var length } => length,
            Dies { For: var length } => length,
            _ => TimeSpan.Zero,
        };

    private bool IsQuiet() => _life is { IsIdle: true } && Database.Rows.IsQuiet && Database.Waiting == 0;

    private void Run(Func<bool> isDone, long until)
    {
        while (Ledger.Broken.Count == 0)
        {
            if (_life is { } life && life.TakeTurn())
            {
                if (++_turns > TurnsMax)
                    Ledger.Break($"{TurnsMax} turns and no end");
                continue;
            }
            if (isDone() || !MoveOn(until))
                return;
        }
    }

    /// <summary>The next thing in time. Ticks that could find nothing to do are left out.</summary>
    private bool MoveOn(long until)
    {
        var next = Calendar.NextAt ?? long.MaxValue;
        if (_life?.Time.NextTick is { } tick && tick <= next)
        {
            if (Database.Waiting == 0)
            {
                var due = Database.Rows.NextDue() is { } at ? (at - Skew - House.Begins).Ticks : long.MaxValue;
                if (Calendar.Now - due > OverdueMax.Ticks && due != long.MaxValue && IsCalmFor(OverdueMax))
                    Ledger.Break($"nobody looks at what is overdue: {Database.Rows.Overdue(Now - OverdueMax)}");
                _life.Time.SkipTo(Math.Min(Math.Min(next, due), until));
                tick = _life.Time.NextTick.Value;
            }
            if (tick <= next)
            {
                if (tick > until)
                    return false;
                _life.Time.Tick();
                return true;
            }
        }
        if (next > until)
            return false;
        Calendar.DoNext();
        return true;
    }
}

/// <summary>How a day went.</summary>
/// <param name="Broken">What must not happen and did; empty when all is well.</param>
/// <param name="Trace">The same for two runs that went the same way.</param>
/// <param name="Ticks">How long the day was.</param>
internal sealed record Outcome(
    IReadOnlyList<string> Broken,
    ulong Trace,
    int Turns,
    long Ticks,
    IReadOnlyList<string> Said
);
