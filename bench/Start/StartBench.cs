namespace IotOrleans.Bench;

/// <summary>
/// From the start of the process to its first good answer: the house on a database that exists, with a thousand devices
/// and with many, beside a Kestrel that can do nothing.
/// </summary>
internal sealed class StartBench(Scene scene) : IBench
{
    public async Task Run()
    {
        var few = await DeviceBench.Registered(scene.Lab, DeviceBench.Few);
        var many = await DeviceBench.Registered(scene.Lab, DeviceBench.Many(scene));
        var (ours, grown, bare) = (new List<Started>(), new List<Started>(), new List<Started>());
        for (var round = 0; round < scene.Rounds; round++)
        {
            ours.Add(await House(few));
            bare.Add(await Once(() => Floor.Start(scene.Lab, few, "bare")));
            grown.Add(await House(many));
        }
        scene.Report.PairHead();
        Compare("start to ready, wall", ours, bare, start => start.Wall, "ms");
        Compare("start to ready, processor time", ours, bare, start => start.Cpu, "ms");
        var sizes = $"{DeviceBench.Many(scene):N0} for {DeviceBench.Few:N0} devices";
        Compare($"start to ready, {sizes}, wall", grown, ours, start => start.Wall, "ms");
        Compare($"resident when ready, {sizes}", grown, ours, start => start.Resident, "MiB");
    }

    private void Compare(
        string line,
        List<Started> ours,
        List<Started> floor,
        Func<Started, double> value,
        string unit
    ) => scene.Report.Pair(line, [.. ours.Select(value)], [.. floor.Select(value)], unit);

    private async Task<Started> House(string database)
    {
        await scene.Lab.LeaveAlone(database);
        return await Once(() => Product.Start(scene.Lab, database));
    }

    private static async Task<Started> Once(Func<Task<ServerProcess>> start)
    {
        using var server = await start();
        return new(
            server.ReadyAfter.TotalMilliseconds,
            Proc.Cpu(server.Id) / 1_000,
            Proc.Resident(server.Id) / 1024.0 / 1024
        );
    }

    private readonly record struct Started(double Wall, double Cpu, double Resident);
}
