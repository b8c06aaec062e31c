using IotOrleans.FreeSwitch.Simulator;
using Microsoft.Extensions.Logging.Abstractions;

namespace IotOrleans.FreeSwitch;

/// <summary>
/// A simulated switch on a real port, whose subscribers live in manual time, and a link to it that lives in real time
/// with generous limits. Nothing here sleeps: facts are awaited.
/// </summary>
internal sealed class SwitchRoom : IAsyncDisposable
{
    /// <summary>
    /// Not a measure of anything: only so that a fact that never comes fails the test and does not hang it.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private SwitchRoom(SwitchSimulator simulator, ManualTime time, FreeSwitchOptions options)
    {
        (Switch, Time, Options) = (simulator, time, options);
        Link = new FreeSwitchLink(options, TimeProvider.System, NullLogger<FreeSwitchLink>.Instance);
    }

    public SwitchSimulator Switch { get; }
    public ManualTime Time { get; }
    public FreeSwitchOptions Options { get; }
    public FreeSwitchLink Link { get; }

    /// <summary>Everything the link has told so far, as far as somebody waited for it.</summary>
    public List<LinkEvent> Heard { get; } = [];

    public static async Task<SwitchRoom> Open(
        Action<SimulatorOptions>? simulated = null,
        Action<FreeSwitchOptions>? linked = null
    )
    {
        var time = new ManualTime();
        var ours = new SimulatorOptions();
        simulated?.Invoke(ours);
        var simulator = new SwitchSimulator(ours, time, NullLogger<SwitchSimulator>.Instance);
        await simulator.StartAsync(CancellationToken.None);
        var options = new FreeSwitchOptions
        {
            Port = simulator.Port,
            RetryMillisecondsMin = 10,
            RetryMillisecondsMax = 20,
        };
        linked?.Invoke(options);
        var room = new SwitchRoom(simulator, time, options);
        await room.Link.StartAsync(CancellationToken.None);
        await room.Next<LinkUp>();
        return room;
    }

    public static OriginateOrder Order(Guid leg, string number = "79160000055") =>
        new(leg, DialTarget.Number(number), new CallApp.Park());

    /// <summary>Reads on until the fact comes.</summary>
    public async Task<T> Next<T>(Func<T, bool>? fits = null)
        where T : LinkEvent
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            var fact = await Link.Events.ReadAsync(limit.Token);
            Heard.Add(fact);
            if (fact is T wanted && fits?.Invoke(wanted) != false)
                return wanted;
        }
    }

    public Task<ChannelEvent> Next(Guid leg, ChannelEventKind kind) =>
        Next<ChannelEvent>(fact => fact.Uuid == leg && fact.Kind == kind);

    /// <summary>Orders a leg again until the order goes out; what became of the one before is told by then.</summary>
    public async Task OrderAgain(OriginateOrder order)
    {
        while ((await Link.Originate(order)).Outcome == OriginateOutcome.AlreadyOrdered)
            await Link.Exists(order.Leg);
    }

    /// <summary>Places a call and lets time pass until it is answered.</summary>
    public async Task<Guid> Answered(string number = "79160000055", CallApp? app = null)
    {
        var leg = Guid.NewGuid();
        var answer = await Link.Originate(Order(leg, number) with { App = app ?? new CallApp.Park() });
        Assert.Equal(OriginateOutcome.Accepted, answer.Outcome);
        await Next(leg, ChannelEventKind.Created);
        Time.Advance(0.5);
        await Next(leg, ChannelEventKind.Answered);
        return leg;
    }

    public async ValueTask DisposeAsync()
    {
        await Link.StopAsync(CancellationToken.None);
        Link.Dispose();
        await Switch.StopAsync(CancellationToken.None);
        Switch.Dispose();
    }
}
