using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace IotOrleans.Bench;

public interface IEchoGrain : IGrainWithStringKey
{
    Task<int> Echo(int value);
}

[GenerateSerializer]
public sealed record Small
{
    [Id(0)]
    public int Value { get; init; }
}

public sealed class EchoGrain([PersistentState("small")] IPersistentState<Small> small) : Grain, IEchoGrain
{
    public Task<int> Echo(int value) => Task.FromResult(value + small.State.Value);
}

/// <summary>Calls a second through the engine in this process, and what an idle grain weighs.</summary>
internal sealed class EngineBench(Scene scene) : IBench
{
    private const int Callers = 100;
    private const int Grains = 100_000;

    private int Calls => scene.IsQuick ? 100_000 : 1_000_000;

    public async Task Run()
    {
        await using var provider = Provide();
        var grains = provider.GetRequiredService<IGrainFactory>();
        await One(grains, Calls);

        scene.Report.Line("engine calls, one caller", await Rates(() => One(grains, Calls)), "calls/s");
        scene.Report.Line("engine calls, a hundred callers", await Rates(() => Many(grains)), "calls/s");
        await Weigh(grains);
    }

    /// <summary>The engine with state in memory and the grains of this file.</summary>
    public static ServiceProvider Provide()
    {
        var services = new ServiceCollection();
        services.AddKeyedSingleton<IGrainStorage>("Default", new MemoryGrainStorage());
        services.AddGrainEngine(_ => { }, typeof(EngineBench).Assembly);
        return services.BuildServiceProvider();
    }

    private async Task<List<double>> Rates(Func<Task> calls)
    {
        var rates = new List<double>();
        for (var round = 0; round < scene.Rounds; round++)
        {
            var watch = Stopwatch.StartNew();
            await calls();
            rates.Add(Calls / watch.Elapsed.TotalSeconds);
        }
        return rates;
    }

    private static async Task One(IGrainFactory grains, int calls)
    {
        var grain = grains.GetGrain<IEchoGrain>("e:one");
        for (var call = 0; call < calls; call++)
            await grain.Echo(call);
    }

    private Task Many(IGrainFactory grains) =>
        Task.WhenAll(
            Enumerable
                .Range(0, Callers)
                .Select(caller =>
                    Task.Run(async () =>
                    {
                        var grain = grains.GetGrain<IEchoGrain>($"e:{caller}");
                        for (var call = 0; call < Calls / Callers; call++)
                            await grain.Echo(call);
                    })
                )
        );

    private async Task Weigh(IGrainFactory grains)
    {
        var (weights, times) = (new List<double>(), new List<double>());
        for (var round = 0; round < scene.Rounds; round++)
        {
            var before = GC.GetTotalMemory(forceFullCollection: true);
            var watch = Stopwatch.StartNew();
            for (var grain = 0; grain < Grains; grain++)
                await grains.GetGrain<IEchoGrain>($"w:{round}:{grain}").Echo(1);
            times.Add(watch.Elapsed.TotalMicroseconds / Grains);
            weights.Add((double)(GC.GetTotalMemory(forceFullCollection: true) - before) / Grains);
        }
        scene.Report.Line("engine, an idle grain with state", weights, "bytes");
        scene.Report.Line("engine, waking a grain", times, "us");
    }
}
