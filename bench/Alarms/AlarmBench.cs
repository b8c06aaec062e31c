using System.Diagnostics;

namespace IotOrleans.Bench;

/// <summary>
/// Smoke to order: from the request until the bytes of <c>originate</c> are on the switch's socket, one at a time;
/// then a thousand at once, which may take as long as the switch's calls a second say and hardly longer.
/// </summary>
internal sealed class AlarmBench(Scene scene) : IBench
{
    private const int CallsPerSecond = 500;
    private const int StormCallers = 64;

    private int _event;

    public async Task Run()
    {
        // The number rings and nobody answers: what follows an order does not disturb the next.
        var (template, keys) = await EventBench.Prepare(scene.Lab, "+79161112201");
        var (ours, floor) = (new List<Times>(), new List<Times>());
        var storms = new List<double>();
        for (var round = 0; round < scene.Rounds; round++)
        {
            ours.Add(await InCopy(template, database => Product(database, keys)));
            floor.Add(await InCopy(template, BareSwitch));
            storms.Add(await InCopy(template, database => Storm(database, keys)));
        }
        scene.Report.PairHead();
        Compare("alarm to order on the wire, c=1, p50", times => times.P50);
        Compare("alarm to order on the wire, c=1, p99", times => times.P99);
        scene.Report.Line($"storm of {StormSize} at {CallsPerSecond}/s: last order after its time", storms, "ms");

        void Compare(string line, Func<Times, double> value) =>
            scene.Report.Pair(line, [.. ours.Select(value)], [.. floor.Select(value)], "us");
    }

    private int StormSize => scene.IsQuick ? 200 : 1_000;

    private int Alarms => scene.IsQuick ? 200 : 1_000;

    private async Task<T> InCopy<T>(string template, Func<string, Task<T>> measure)
    {
        var database = await scene.Lab.Copy(template);
        try
        {
            return await measure(database);
        }
        finally
        {
            await scene.Lab.Drop(database);
        }
    }

    private async Task<Times> Product(string database, string[] keys)
    {
        using var line = await TestSwitch.Start();
        using var server = await StartProduct(database, line.Watch, 10_000);
        return await OneByOne(server, line.Watch, keys);
    }

    private async Task<Times> BareSwitch(string database)
    {
        using var watch = new OrderWatch(switchPort: null);
        using var server = await Floor.Start(scene.Lab, database, "events", $"127.0.0.1:{watch.Port}");
        return await OneByOne(server, watch, EventBench.FloorKeys);
    }

    private async Task<Times> OneByOne(ServerProcess server, OrderWatch watch, string[] keys)
    {
        using var door = await HttpLine.Open(server.Port);
        var times = new double[Alarms];
        for (var alarm = -Alarms; alarm < Alarms; alarm++)
        {
            var smoke = EventBench.Smoke(Interlocked.Increment(ref _event), keys);
            var began = Stopwatch.GetTimestamp();
            if (await door.Ask(smoke) != 202)
                throw new InvalidOperationException(door.Answer);
            var ordered = await watch.Orders.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
            // The first half is for the compiler of the runtime.
            if (alarm >= 0)
                times[alarm] = Stopwatch.GetElapsedTime(began, ordered).TotalMicroseconds;
        }
        Array.Sort(times);
        return new(Percentile.Of(times, 0.50), Percentile.Of(times, 0.99));
    }

    /// <summary>
    /// Milliseconds from the moment at which the last order was due to that at which it came. A smaller storm goes
    /// before it, for the compiler of the runtime.
    /// </summary>
    private async Task<double> Storm(string database, string[] keys)
    {
        using var line = await TestSwitch.Start();
        using var server = await StartProduct(database, line.Watch, CallsPerSecond);
        await Storm(server, line.Watch, keys, StormSize / 2);
        await Load.Settle(server);
        return await Storm(server, line.Watch, keys, StormSize);
    }

    private async Task<double> Storm(ServerProcess server, OrderWatch watch, string[] keys, int size)
    {
        var began = Stopwatch.GetTimestamp();
        await Load.Run(
            server,
            scene.Lab.PostgresId,
            StormCallers,
            size,
            () => EventBench.Smoke(Interlocked.Increment(ref _event), keys)
        );
        var last = 0L;
        for (var order = 0; order < size; order++)
            last = await watch.Orders.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        var due = TimeSpan.FromSeconds((double)size / CallsPerSecond);
        return (Stopwatch.GetElapsedTime(began, last) - due).TotalMilliseconds;
    }

    private Task<ServerProcess> StartProduct(string database, OrderWatch watch, int callsPerSecond) =>
        Bench.Product.Start(
            scene.Lab,
            database,
            "--FreeSwitch:Host=127.0.0.1",
            $"--FreeSwitch:Port={watch.Port}",
            "--FreeSwitch:ListenPort=0",
            $"--MediaServer:CallsPerSecond={callsPerSecond}",
            "--MediaServer:CallsMax=100000"
        );

    private readonly record struct Times(double P50, double P99);
}
