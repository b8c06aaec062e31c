using System.Reflection;
using IotOrleans.Calls;
using IotOrleans.Journal;
using Microsoft.Extensions.Hosting;

namespace IotOrleans.Simulation;

/// <summary>
/// One process, from its start to its death: an engine and what runs beside it, on one thread that takes one turn after
/// another in an order that the seed has chosen. When it dies, nothing of it goes on.
/// </summary>
internal sealed class Life : SynchronizationContext
{
    private static readonly MethodInfo Execute = typeof(BackgroundService).GetMethod(
        "ExecuteAsync",
        BindingFlags.Instance | BindingFlags.NonPublic
    )!;

    private readonly World _world;
    private readonly PriorityQueue<Turn, (ulong Luck, int Order)> _ready = new();
    private readonly Dictionary<object, (ulong Name, int Count)> _names = [];
    private readonly Dictionary<CallId, Task> _told = [];
    private readonly Dictionary<ModelSwitch, ModelLine> _lines = [];
    private readonly Parts _parts;
    private int _order;

    public Life(World world, int number)
    {
        (_world, Number) = (world, number);
        Luck = world.Chance.Of("life", number);
        Time = new(world, this);
        var options = new GrainEngineOptions
        {
            Schedule = Schedule,
            ScheduleBehind = Schedule,
            AnswersInline = true,
            StretchesMax = Luck.Of("stretches").Pick(1, 1, 1, 64),
            RunsInline = Luck.Of("inline").In(50),
        };
        _parts = new(world, this, options);
    }

    public int Number { get; }

    public Chance Luck { get; }

    public LifeTime Time { get; }

    public bool IsAlive { get; private set; } = true;

    /// <summary>Turns until it dies; null when nothing will kill it.</summary>
    public int? TurnsLeft { get; set; }

    public int Turns { get; private set; }

    public GrainEngine Engine => _parts.Engine;

    public IGrainFactory Grains => _parts.Engine.Factory;

    public Sweeper Sweeper => _parts.Sweeper;

    public ISwitchCdrs SwitchCdrs => _parts.SwitchCdrs;

    public bool IsIdle => _ready.Count == 0;

    public void Start()
    {
        foreach (BackgroundService service in new BackgroundService[] { _parts.Sweeper, _parts.PostingSweeper })
            Do($"{service.GetType().Name} works", () => (Task)Execute.Invoke(service, [CancellationToken.None])!);
    }

    public void Die()
    {
        IsAlive = false;
        _ready.Clear();
        foreach (var line in _lines.Values)
            line.Break();
        _parts.Engine.Dispose();
    }

    /// <summary>Something that runs in this process beside the grains; unexpected trouble is noted.</summary>
    public void Do(string what, Func<Task> act) => Post(_ => _ = Guard(what, act), null);

    public void DoAfter(TimeSpan span, string what, Func<Task> act) => _world.Calendar.After(span, () => Do(what, act));

    /// <summary>This process's line to a switch.</summary>
    public ModelLine LineTo(ModelSwitch one)
    {
        if (!_lines.TryGetValue(one, out var line))
            line = _lines[one] = new(_world, this, one);
        return line;
    }

    /// <summary>Takes one turn; false when nobody has anything to do.</summary>
    public bool TakeTurn()
    {
        if (!_ready.TryDequeue(out var turn, out _))
            return false;
        Turns++;
        if (TurnsLeft is { } left && (TurnsLeft = left - 1) <= 0)
        {
            _world.Crash();
            return true;
        }
        SetSynchronizationContext(this);
        try
        {
            turn.Act(turn.State);
        }
        finally
        {
            SetSynchronizationContext(null);
        }
        return true;
    }

    public override void Post(SendOrPostCallback d, object? state) => Enqueue(this, 1, d, state);

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Tells a leg what the switch told, after all it was told before; as the house's own line does.</summary>
    public void Hear(CallId leg, SwitchEvent change)
    {
        if (!IsAlive)
            return;
        var before = _told.GetValueOrDefault(leg, Task.CompletedTask);
        var told = new TaskCompletionSource();
        _told[leg] = told.Task;
        Do(
            "a leg is told",
            async () =>
            {
                await before;
                await Tell(leg, change);
                told.SetResult();
            }
        );
    }

    private async Task Tell(CallId leg, SwitchEvent change)
    {
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            try
            {
                await Grains.CallLeg(leg).Follow(change);
                return;
            }
            catch (Exception trouble) when (HouseLog.IsOfTheWorld(trouble))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200 * attempt), Time);
            }
        }
        _world.Say($"leg {_world.Name(leg)} was not told of {change.Kind}");
    }

    private async Task Guard(string what, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception trouble) when (HouseLog.IsOfTheWorld(trouble))
        {
            _world.Say($"{what}: {trouble.GetType().Name}");
        }
#pragma warning disable CA1031 // Whatever else is thrown is what we look for.
        catch (Exception trouble)
#pragma warning restore CA1031
        {
            _world.Ledger.Break($"unexpected trouble: {what}: {trouble}");
        }
    }

    private void Schedule(IThreadPoolWorkItem item)
    {
        var activation = (Activation)item;
        // Now and then somebody else has the thread for a while.
        Enqueue(activation, 64, Run, item);
    }

    private static void Run(object? item) => ((IThreadPoolWorkItem)item!).Execute();

    private void Enqueue(object who, int lagOneIn, SendOrPostCallback act, object? state)
    {
        if (!IsAlive)
            return;
        if (!_names.TryGetValue(who, out var name))
            name = (who is Activation activation ? Chance.Hash(activation.GrainId.ToString()) : 7, 0);
        _names[who] = (name.Name, name.Count + 1);
        var luck = Chance.Mix(Luck.Seed ^ name.Name ^ Chance.Mix((ulong)name.Count));
        var turn = new Turn(act, state);
        if (lagOneIn > 1 && luck % (ulong)lagOneIn == 0)
            _world.Calendar.After(TimeSpan.FromMicroseconds(100 + luck % 20_000), () => Ready(turn, luck));
        else
            Ready(turn, luck);
        _world.Trace(luck);
    }

    private void Ready(Turn turn, ulong luck)
    {
        if (IsAlive)
            _ready.Enqueue(turn, (luck, _order++));
    }

    private readonly record struct Turn(SendOrPostCallback Act, object? State);
}
