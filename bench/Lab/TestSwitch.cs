using IotOrleans.FreeSwitch.Simulator;
using Microsoft.Extensions.Logging.Abstractions;

namespace IotOrleans.Bench;

/// <summary>
/// The simulated switch in this process, so that its work is not counted as the product's; a watch on its line sees the
/// orders.
/// </summary>
internal sealed class TestSwitch : IDisposable
{
    private readonly SwitchSimulator _simulator;

    private TestSwitch(int outboundPort) =>
        _simulator = new(
            new() { OutboundPort = outboundPort },
            TimeProvider.System,
            NullLogger<SwitchSimulator>.Instance
        );

    public int Port => _simulator.Port;

    public OrderWatch Watch { get; private set; } = null!;

    /// <param name="outboundPort">Where it hands over whoever calls in.</param>
    public static async Task<TestSwitch> Start(int outboundPort = 0)
    {
        var started = new TestSwitch(outboundPort);
        await started._simulator.StartAsync(CancellationToken.None);
        started.Watch = new(started._simulator.Port);
        return started;
    }

    /// <summary>Somebody calls the number.</summary>
    public void Call(string number) => _simulator.IncomingCall(number, "+74951234567", "Grandma");

    public void Dispose()
    {
        Watch.Dispose();
        _simulator.Dispose();
    }
}
