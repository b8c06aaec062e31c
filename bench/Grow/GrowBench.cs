using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace IotOrleans.Bench;

/// <summary>
/// What grows with the house and what must not: the same events from the same hot devices among few and among many that
/// sleep, from devices that all sleep, and from a subscriber with few and with many rules. The floor of each is the
/// product itself with less.
/// </summary>
internal sealed class GrowBench(Scene scene) : IBench
{
    public const int FewRules = 10;
    public const int ManyRules = 10_000;

    private int _event;

    private int Hot => scene.IsQuick ? 500 : DeviceBench.Few;

    public async Task Run()
    {
        var few = await DeviceBench.Registered(scene.Lab, DeviceBench.Few);
        var many = await DeviceBench.Registered(scene.Lab, DeviceBench.Many(scene));
        var (small, large) = (await Ruled(FewRules), await Ruled(ManyRules));
        var rounds = new List<Rounds>();
        for (var round = 0; round < scene.Rounds; round++)
        {
            rounds.Add(
                new(
                    await Measure(few, HotDevice),
                    await Measure(many, HotDevice),
                    await Measure(many, SleepingDevice),
                    await Measure(small, _ => Population.Ruled),
                    await Measure(large, _ => Population.Ruled)
                )
            );
        }
        scene.Report.PairHead();
        var sizes = $"{DeviceBench.Many(scene):N0} for {DeviceBench.Few:N0} devices";
        Compare($"{Hot} hot of {sizes}", round => round.Large, round => round.Small, all: true);
        Compare("all asleep, for hot", round => round.Cold, round => round.Large, all: false);
        Compare($"{ManyRules:N0} for {FewRules} rules", round => round.ManyRules, round => round.FewRules, all: true);

        void Compare(string line, Func<Rounds, Round> ours, Func<Rounds, Round> less, bool all)
        {
            Pair("rate", round => round.Rate, "1/s");
            if (all)
                Pair("p99", round => round.P99, "us");
            Pair("processor time", round => round.Cpu + round.DatabaseCpu, "us/event");

            void Pair(string what, Func<Round, double> value, string unit) =>
                scene.Report.Pair(
                    $"{line}, {what}",
                    [.. rounds.Select(ours).Select(value)],
                    [.. rounds.Select(less).Select(value)],
                    unit
                );
        }
    }

    private async Task<string> Ruled(int rules)
    {
        var database = await scene.Lab.Create($"rules_{rules}");
        await Inside.Ask(scene.Lab.ConnectionTo(database), "rules", $"{rules}");
        return database;
    }

    private async Task<Round> Measure(string template, Func<int, string> device)
    {
        var lab = scene.Lab;
        var database = await lab.Copy(template);
        try
        {
            using var server = await Product.Start(lab, database);
            var key = await HubKey(server);
            // Warm with devices that are awake, so that those who sleep are still asleep afterwards.
            await Load.Warm(server, lab.PostgresId, TimeSpan.FromSeconds(scene.IsQuick ? 3 : 6), () => Warming(device));
            await Load.Settle(server);
            return await Load.Run(server, lab.PostgresId, 64, scene.IsQuick ? 4_000 : 12_000, () => Next(device));
            byte[] Next(Func<int, string> of) => Reading(of(Interlocked.Increment(ref _event)), key);
            byte[] Warming(Func<int, string> of) => Next(of == SleepingDevice ? HotDevice : of);
        }
        finally
        {
            await lab.Drop(database);
        }
    }

    private string HotDevice(int number) => Population.Name(number % Hot).Value;

    // Beyond the hot ones, each once before the first comes again.
    private string SleepingDevice(int number) =>
        Population.Name(Hot + (number % (DeviceBench.Many(scene) - Hot))).Value;

    /// <summary>Of a hub that speaks for every device.</summary>
    private static async Task<string> HubKey(ServerProcess server)
    {
        using var http = await Product.Administrator(server);
        using var made = await http.PostAsJsonAsync("/api/v1/api-keys", new { name = "hub", role = "hub" });
        made.EnsureSuccessStatusCode();
        return (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("key").GetString()!;
    }

    private byte[] Reading(string device, string key)
    {
        var id = _event.ToString(CultureInfo.InvariantCulture) + Guid.NewGuid().ToString("N");
        return HttpLine.Post(
            "/api/v1/events",
            $"X-Api-Key: {key}",
            $$"""{"event_id":"g{{id}}","device_id":"{{device}}","payload":{"value":41},"event_type":"humidity"}"""
        );
    }

    private sealed record Rounds(Round Small, Round Large, Round Cold, Round FewRules, Round ManyRules);
}
