namespace IotOrleans.Bench;

/// <summary>
/// From the call that comes in at the switch to the speaker that rings, and what a connected speaker weighs. Ours goes
/// all the way: event socket, leg, journal, subscriber, speaker, hub. The floor is a bare hub that is told by a POST.
/// </summary>
internal sealed class RingBench(Scene scene) : IBench
{
    private const int CallsPerSecond = 200;
    private const int ConnectingMax = 32;
    private const int WarmSpeakers = 400;

    /// <summary>A speaker may make sixty calls at once, and its first was to be heard of.</summary>
    private const int AloneCalls = 50;

    private int[] Sizes => scene.IsQuick ? [1, 500] : [1, 1_000, 5_000];

    public async Task Run()
    {
        var (template, keys) = await Prepare();
        var (ours, floor) = (new List<Heard[]>(), new List<Heard[]>());
        for (var round = 0; round < scene.Rounds; round++)
        {
            ours.Add(await OurRound(template, keys));
            floor.Add(await FloorRound(template));
        }
        scene.Report.PairHead();
        foreach (var (at, size) in Sizes.Index())
        {
            Compare($"call to speaker, {size} connected, p50", heard => heard[at].P50, "us");
            Compare($"call to speaker, {size} connected, p99", heard => heard[at].P99, "us");
            Compare($"call to speaker, {size} connected, processor", heard => heard[at].Cpu, "us/call");
        }
        var last = Sizes.Length - 1;
        Compare($"resident for each of the last {Sizes[last] - Sizes[last - 1]}", heard => heard[last].Weight, "KiB");

        void Compare(string line, Func<Heard[], double> value, string unit) =>
            scene.Report.Pair(line, [.. ours.Select(value)], [.. floor.Select(value)], unit);
    }

    private static string Number(int index) => $"+7916{index:0000000}";

    private async Task<(string Database, string[] Keys)> Prepare()
    {
        var template = await scene.Lab.Create("rings");
        using var product = await Product.Start(scene.Lab, template);
        using var http = await Product.Administrator(product);
        var keys = await Product.Register(
            http,
            Sizes[^1],
            index => new
            {
                device_id = $"speaker-{index}",
                type = "speaker",
                msisdn = Number(index),
            }
        );
        return (template, keys);
    }

    private async Task<Heard[]> OurRound(string template, string[] keys)
    {
        var database = await scene.Lab.Copy(template);
        try
        {
            var port = Lab.FreePort();
            using var line = await TestSwitch.Start(port);
            using var server = await Product.Start(
                scene.Lab,
                database,
                "--FreeSwitch:Host=127.0.0.1",
                $"--FreeSwitch:Port={line.Watch.Port}",
                $"--FreeSwitch:ListenPort={port}",
                // Each call's connection lingers for seconds after it; hundreds come in a second.
                "--FreeSwitch:SessionsMax=20000"
            );
            return await Listen(
                server,
                index => "access_token=" + keys[index],
                speaker =>
                {
                    line.Call(speaker.Number[1..]);
                    return Task.CompletedTask;
                }
            );
        }
        finally
        {
            await scene.Lab.Drop(database);
        }
    }

    private async Task<Heard[]> FloorRound(string database)
    {
        using var server = await Floor.Start(scene.Lab, database, "hub");
        using var line = await PostedCalls.Open(server.Port);
        return await Listen(server, index => "number=" + Uri.EscapeDataString(Number(index)), line.Call);
    }

    private async Task<Heard[]> Listen(ServerProcess server, Func<int, string> query, Func<SpeakerSocket, Task> call)
    {
        var speakers = new List<SpeakerSocket>();
        var ringing = new Ringing(server, scene.Lab.PostgresId, call);
        var heard = new List<Heard>();
        await Warm(server, ringing, query);
        try
        {
            foreach (var size in Sizes)
            {
                var (before, connected) = (Proc.Resident(server.Id), speakers.Count);
                await Connect(server, speakers, size, Number, query);
                var weight = (Proc.Resident(server.Id) - before) / 1024.0 / (size - connected);
                var times =
                    size == 1
                        ? await ringing.OneByOne(speakers, AloneCalls)
                        : await ringing.AtRate(speakers, CallsPerSecond, scene.IsQuick ? 1 : 4);
                heard.Add(times with { Weight = weight });
            }
            return [.. heard];
        }
        finally
        {
            speakers.ForEach(speaker => speaker.Dispose());
        }
    }

    /// <summary>On other speakers than those that are measured first: each may say only so much at a time.</summary>
    private async Task Warm(ServerProcess server, Ringing ringing, Func<int, string> query)
    {
        var speakers = new List<SpeakerSocket>();
        var last = Sizes[^1] - 1;
        await Connect(server, speakers, WarmSpeakers, index => Number(last - index), index => query(last - index));
        await ringing.AtRate(speakers, CallsPerSecond, scene.IsQuick ? 5 : 15);
        speakers.ForEach(speaker => speaker.Dispose());
    }

    private static async Task Connect(
        ServerProcess server,
        List<SpeakerSocket> speakers,
        int size,
        Func<int, string> number,
        Func<int, string> query
    )
    {
        var hub = new UriBuilder(server.Address) { Scheme = "ws", Path = "/hubs/speaker" };
        var added = new SpeakerSocket[size - speakers.Count];
        var first = speakers.Count;
        await Parallel.ForAsync(
            0,
            added.Length,
            new ParallelOptions { MaxDegreeOfParallelism = ConnectingMax },
            async (index, _) =>
            {
                added[index] = new(number(first + index));
                await added[index].Connect(new($"{hub.Uri}?{query(first + index)}"));
            }
        );
        speakers.AddRange(added);
        // The others have been silent while these connected.
        foreach (var speaker in speakers)
            await speaker.KeepAlive();
    }

    internal sealed record Heard(double P50, double P99, double Cpu, double Weight);
}
