namespace IotOrleans.Bench;

/// <summary>What a device costs that is awake and idle, and what it costs to wake one.</summary>
internal sealed class DeviceBench(Scene scene) : IBench
{
    public const int Few = 1_000;

    // Nobody is connected to them between two uses.
    private static readonly Dictionary<int, string> Filled = [];

    public static int Many(Scene scene) => scene.IsQuick ? 10_000 : 100_000;

    /// <summary>A database with so many registered devices.</summary>
    public static async Task<string> Registered(Lab lab, int count)
    {
        if (Filled.TryGetValue(count, out var known))
            return known;
        var database = await lab.Create($"devices_{count}");
        // Filling need not wait for the disk; what is measured later does.
        await Inside.Ask(lab.ConnectionTo(database) + ";Options=-c synchronous_commit=off", "register", $"{count}");
        return Filled[count] = database;
    }

    public async Task Run()
    {
        var many = Many(scene);
        var database = await Registered(scene.Lab, many);
        await scene.Lab.LeaveAlone(database);
        var rounds = Math.Max(scene.Rounds, 2);
        var told = await Inside.Ask(scene.Lab.ConnectionTo(database), "awake", $"{many}", $"{rounds}");
        scene.Report.PairHead();
        scene.Report.Pair(
            "waking a device beside a primary-key read, p50",
            told["wake.alone"],
            told["read.alone"],
            "us"
        );
        scene.Report.Pair("devices woken beside rows read, 32 at once", told["wake.rate"], told["read.rate"], "1/s");
        scene.Report.Line("an awake idle device, GC heap", told["heap"], "bytes");
        scene.Report.Line("an awake idle device, resident", told["resident"], "bytes");
    }
}
