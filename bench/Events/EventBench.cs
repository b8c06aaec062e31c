using System.Globalization;

namespace IotOrleans.Bench;

/// <summary>
/// Durable events with one rule, from the request to the 202 after the commit: the product beside the floor. Calls go
/// out slowly, so that what is measured is events and not calls.
/// </summary>
internal sealed class EventBench(Scene scene) : IBench
{
    private const int Devices = 200;

    private int _event;

    public async Task Run()
    {
        var (template, keys) = await Prepare(scene.Lab, "+79161111111");
        var (ours, floor) = (new List<Rounds>(), new List<Rounds>());
        for (var round = 0; round < scene.Rounds; round++)
        {
            ours.Add(await Once(template, keys, product: true));
            floor.Add(await Once(template, FloorKeys, product: false));
        }
        scene.Report.PairHead();
        Compare("c=64", [.. ours.Select(round => round.Many)], [.. floor.Select(round => round.Many)]);
        Compare("c=1", [.. ours.Select(round => round.Alone)], [.. floor.Select(round => round.Alone)]);
    }

    /// <summary>A database with devices and a rule that calls <paramref name="target"/> on smoke.</summary>
    public static async Task<(string Database, string[] Keys)> Prepare(Lab lab, string target)
    {
        var template = await lab.Create("events_" + target[^4..]);
        using var product = await Product.Start(lab, template);
        using var http = await Product.Administrator(product);
        var keys = await Product.Register(
            http,
            Devices,
            index => new { device_id = $"device-{index}", type = "sensor_smoke" }
        );
        await Product.Rule(
            http,
            $$"""
            {"rule_id": "bench", "name": "bench", "event_type": "smoke", "scope": {"device_type": "sensor_smoke"},
             "actions": [{"type": "call", "targets": ["{{target}}"]}]}
            """
        );
        return (template, keys);
    }

    public static string[] FloorKeys { get; } = [.. Enumerable.Range(0, Devices).Select(index => $"key-{index}")];

    public static byte[] Smoke(int number, string[] keys)
    {
        var device = number % keys.Length;
        var id = number.ToString(CultureInfo.InvariantCulture);
        return HttpLine.Post(
            "/api/v1/events",
            $"X-Api-Key: {keys[device]}",
            $$"""
            {"event_id":"b{{id}}","device_id":"device-{{device}}","payload":{"density":0.9},"event_type":"smoke"}
            """
        );
    }

    private async Task<Rounds> Once(string template, string[] keys, bool product)
    {
        var lab = scene.Lab;
        var database = await lab.Copy(template);
        try
        {
            // In this process: what the switch does is not the product's work.
            using var line = product ? await TestSwitch.Start() : null;
            using var server = line is null
                ? await Floor.Start(lab, database, "events")
                : await Product.Start(
                    lab,
                    database,
                    "--FreeSwitch:Host=127.0.0.1",
                    $"--FreeSwitch:Port={line.Watch.Port}",
                    "--FreeSwitch:ListenPort=0",
                    "--MediaServer:CallsPerSecond=10"
                );
            var (many, alone) = scene.IsQuick ? (4_000, 500) : (12_000, 1_500);
            await Load.Warm(server, lab.PostgresId, TimeSpan.FromSeconds(scene.IsQuick ? 3 : 6), Next);
            await Load.Settle(server);
            return new(
                Alone: await Load.Run(server, lab.PostgresId, 1, alone, Next),
                Many: await Load.Run(server, lab.PostgresId, 64, many, Next)
            );
        }
        finally
        {
            await lab.Drop(database);
        }

        byte[] Next() => Smoke(Interlocked.Increment(ref _event), keys);
    }

    private void Compare(string name, Round[] ours, Round[] floor)
    {
        Compare($"events, {name}, rate", round => round.Rate, "1/s");
        Compare($"events, {name}, p50", round => round.P50, "us");
        Compare($"events, {name}, p99", round => round.P99, "us");
        Compare($"events, {name}, processor time", round => round.Cpu + round.DatabaseCpu, "us/event");
        Compare($"events, {name}, of it the server's", round => round.Cpu, "us/event");
        Compare($"events, {name}, of it PostgreSQL's", round => round.DatabaseCpu, "us/event");

        void Compare(string line, Func<Round, double> value, string unit) =>
            scene.Report.Pair(line, [.. ours.Select(value)], [.. floor.Select(value)], unit);
    }

    private sealed record Rounds(Round Alone, Round Many);
}
