using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace IotOrleans.Bench;

/// <summary>
/// What the kind of a grain's reference is worth: the same call of the same grain through each, in alternation. What
/// they have in common, mailbox and turn and answer, is in all lines.
/// </summary>
internal sealed class DispatchBench(Scene scene) : IBench
{
    private int Calls => scene.IsQuick ? 200_000 : 2_000_000;

    public async Task Run()
    {
        await using var provider = EngineBench.Provide();
        var engine = provider.GetRequiredService<GrainEngine>();
        IGrainFactory grains = engine.Factory;
        var ours = grains.GetGrain<IEchoGrain>("e:dispatch");
        var id = ((GrainReference)ours).GrainId;
        var typed = new TypedEcho(id, engine);
        var reflected = ReflectedEcho.Make(id, engine);
        var kinds = new (string Name, Func<IEchoGrain> Reference)[]
        {
            ("proxy and compiled plan (ours)", () => ours),
            ("proxy and reflection", () => reflected),
            ("as generated", () => typed),
            ("ours, a new reference for each call", () => grains.GetGrain<IEchoGrain>("e:dispatch")),
            ("as generated, new for each call", () => new TypedEcho(id, engine)),
        };
        var costs = kinds.ToDictionary(kind => kind.Name, _ => new List<(double Time, double Bytes)>());
        for (var round = -1; round < scene.Rounds; round++)
        {
            foreach (var (name, reference) in kinds)
            {
                var cost = await Once(reference);
                if (round >= 0)
                    costs[name].Add(cost);
            }
        }
        foreach (var (name, rounds) in costs)
        {
            scene.Report.Line($"a call, {name}", [.. rounds.Select(cost => cost.Time)], "ns");
            scene.Report.Line($"a call, {name}", [.. rounds.Select(cost => cost.Bytes)], "bytes");
        }
    }

    private async Task<(double Time, double Bytes)> Once(Func<IEchoGrain> reference)
    {
        await Call(reference, Calls / 10);
        // The grain is idle, so every turn runs on this thread.
        var before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        await Call(reference, Calls);
        var took = watch.Elapsed;
        return (took.TotalNanoseconds / Calls, (double)(GC.GetAllocatedBytesForCurrentThread() - before) / Calls);
    }

    private static async Task Call(Func<IEchoGrain> reference, int calls)
    {
        for (var call = 0; call < calls; call++)
            await reference().Echo(call);
    }
}
