namespace IotOrleans.Bench;

/// <summary>
/// Durable events with one rule on one front-end and one to four silos as processes of their own. On a machine with few
/// cores no rate can grow; what can be told is how much more processor time an event takes when silos share the work.
/// </summary>
internal sealed class ClusterBench(Scene scene) : IBench
{
    private const int Callers = 64;

    private static readonly int[] Sizes = [1, 2, 3, 4];

    private int _event;

    public async Task Run()
    {
        var (template, keys) = await EventBench.Prepare(scene.Lab, "+79161111111");
        var rounds = Sizes.ToDictionary(size => size, _ => new List<Spent>());
        var together = new List<Spent>();
        for (var round = 0; round < Math.Min(3, scene.Rounds); round++)
        {
            together.Add(await Once(template, keys, 0));
            foreach (var size in Sizes)
                rounds[size].Add(await Once(template, keys, size));
        }
        Tell("one process", together, together);
        foreach (var size in Sizes)
            Tell($"{size} silo{(size > 1 ? "s" : "")}", rounds[size], rounds[1]);
    }

    private void Tell(string name, List<Spent> spent, List<Spent> one)
    {
        Line("events a second", spent => spent.Round.Rate, "1/s");
        Line("p99", spent => spent.Round.P99 / 1000, "ms");
        Line("front-end's processor time", spent => spent.Door, "us/event");
        Line("silos'", spent => spent.Silos, "us/event");
        Line("PostgreSQL's", spent => spent.Round.DatabaseCpu, "us/event");
        var ratios = spent.Zip(one, (now, least) => now.Total / least.Total).ToList();
        scene.Report.Line($"{name}, all, against one silo", ratios, "");
        Line("events for each second of a core", spent => 1_000_000 / spent.Total, "1/core s");

        void Line(string what, Func<Spent, double> value, string unit) =>
            scene.Report.Line($"{name}, {what}", [.. spent.Select(value)], unit);
    }

    /// <param name="size">So many silos; none is everything in one process.</param>
    private async Task<Spent> Once(string template, string[] keys, int size)
    {
        var lab = scene.Lab;
        var database = await lab.Copy(template);
        var silos = new List<ServerProcess>();
        try
        {
            // Five processes with two pools each share the hundred connections of this database.
            var shared = $"--ConnectionStrings:Postgres={lab.ConnectionTo(database)};Maximum Pool Size=8";
            string[] slow = [shared, "--MediaServer:CallsPerSecond=10", "--Simulator:Enabled=false"];
            using var ledger = await TestSwitch.Start();
            string[] line =
            [
                "--FreeSwitch:Host=127.0.0.1",
                $"--FreeSwitch:Port={ledger.Port}",
                "--FreeSwitch:ListenPort=0",
            ];
            for (var index = 0; index < size; index++)
                silos.Add(
                    await Product.Start(lab, database, ["--Role=silo", $"--Cluster:Name=s{index}", .. slow, .. line])
                );
            using var door = await Product.Start(
                lab,
                database,
                size == 0 ? [.. slow, .. line] : ["--Role=api", shared]
            );
            var (warm, events) = scene.IsQuick ? (3, 3_000) : (10, 10_000);
            await Load.Warm(door, lab.PostgresId, TimeSpan.FromSeconds(warm), Next);
            await Load.Settle(door);
            var before = silos.Sum(silo => Proc.Cpu(silo.Id));
            var round = await Load.Run(door, lab.PostgresId, Callers, events, Next);
            return new(round, round.Cpu, (silos.Sum(silo => Proc.Cpu(silo.Id)) - before) / events);
        }
        finally
        {
            silos.ForEach(silo => silo.Dispose());
            await lab.Drop(database);
        }

        byte[] Next() => EventBench.Smoke(Interlocked.Increment(ref _event), keys);
    }

    /// <summary>Processor time for each event, in microseconds.</summary>
    private sealed record Spent(Round Round, double Door, double Silos)
    {
        public double Total => Door + Silos + Round.DatabaseCpu;
    }
}
