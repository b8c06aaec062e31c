using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace IotOrleans.Bench;

/// <summary>
/// A million masks: how long a file of them takes, what they weigh in memory, and what a look-up costs with its
/// authentication, beside a Kestrel that looks into a dictionary and asks nobody who it is.
/// </summary>
internal sealed class MaskBench(Scene scene) : IBench
{
    private const double Mebi = 1024 * 1024;

    private int _asked;

    private int Masks => scene.IsQuick ? 100_000 : 1_000_000;

    public async Task Run()
    {
        var template = await scene.Lab.Create("masks");
        var key = await Fill(template);
        var (ours, floor) = (new List<Round>(), new List<Round>());
        for (var round = 0; round < scene.Rounds; round++)
        {
            using (var house = await Product.Start(scene.Lab, template))
            {
                await Known(house);
                ours.Add(await Ask(house, key));
            }
            using var dictionary = await Floor.Start(scene.Lab, template, "lookup", $"{Masks}");
            floor.Add(await Ask(dictionary, key));
        }
        scene.Report.PairHead();
        Compare("look-ups, c=32, rate", round => round.Rate, "1/s");
        Compare("look-ups, c=32, p50", round => round.P50, "us");
        Compare("look-ups, c=32, processor time", round => round.Cpu, "us");

        void Compare(string line, Func<Round, double> value, string unit) =>
            scene.Report.Pair(line, [.. ours.Select(value)], [.. floor.Select(value)], unit);
    }

    /// <summary>
    /// Takes in the file and says how long that was and what it weighs; gives a telephony server's key.
    /// </summary>
    private async Task<string> Fill(string database)
    {
        var (before, key) = await TakeIn(database);
        using var house = await Product.Start(scene.Lab, database);
        await Known(house);
        var weight = (await Settled(house) - before) / (double)Masks;
        scene.Report.Line("resident after a start with them, less without", [weight], "bytes a mask");
        await Export(house);
        return key;
    }

    /// <summary>Gives them all out again as a file, and says what that needs beside what is resident anyhow.</summary>
    private async Task Export(ServerProcess house)
    {
        using var http = await Product.Administrator(house);
        var before = await Settled(house);
        Proc.ForgetPeak(house.Id);
        var start = Stopwatch.GetTimestamp();
        using var lines = new StreamReader(
            await http.GetStreamAsync(new Uri("/api/v1/masks/export.csv", UriKind.Relative))
        );
        var read = -1;
        while (await lines.ReadLineAsync() is not null)
            read++;
        var took = Stopwatch.GetElapsedTime(start);
        if (read != Masks)
            throw new InvalidOperationException($"The file has {read} masks.");
        scene.Report.Line($"{Masks:N0} masks as a file", [took.TotalSeconds], "s");
        scene.Report.Line("resident meanwhile at most, less before", [(Proc.Peak(house.Id) - before) / Mebi], "MiB");
    }

    private async Task<(long Before, string Key)> TakeIn(string database)
    {
        using var house = await Product.Start(scene.Lab, database);
        using var http = await Product.Administrator(house);
        var before = await Settled(house);
        using var file = new StringContent(File(), Encoding.ASCII, new MediaTypeHeaderValue("text/csv"));
        var start = Stopwatch.GetTimestamp();
        using var taken = await http.PostAsync(new Uri("/api/v1/masks/import", UriKind.Relative), file);
        var took = Stopwatch.GetElapsedTime(start);
        var answer = await taken.Content.ReadFromJsonAsync<JsonElement>();
        if (answer.GetProperty("accepted").GetInt32() != Masks)
            throw new InvalidOperationException($"The file was not taken in: {answer}");
        scene.Report.Line($"a file of {Masks:N0} masks", [took.TotalSeconds], "s");
        scene.Report.Line("resident meanwhile, at most", [Proc.Peak(house.Id) / Mebi], "MiB");
        using var made = await http.PostAsJsonAsync("/api/v1/api-keys", new { name = "sip", role = "telephony" });
        return (before, (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("key").GetString()!);
    }

    private async Task<Round> Ask(ServerProcess server, string key)
    {
        byte[] Next() =>
            HttpLine.Get($"/lookup/real/%2B{Shown(Interlocked.Increment(ref _asked) % Masks)}", $"X-Api-Key: {key}");

        await Load.Warm(server, scene.Lab.PostgresId, TimeSpan.FromSeconds(scene.IsQuick ? 3 : 6), Next);
        await Load.Settle(server);
        return await Load.Run(server, scene.Lab.PostgresId, 32, scene.IsQuick ? 40_000 : 150_000, Next);
    }

    private static async Task Known(ServerProcess house)
    {
        using var http = await Product.Administrator(house);
        var last = new Uri($"/lookup/real/%2B{Shown(0)}", UriKind.Relative);
        while (true)
        {
            using var answer = await http.GetAsync(last);
            if (answer.IsSuccessStatusCode)
                return;
            await Task.Delay(100);
        }
    }

    private static async Task<long> Settled(ServerProcess house)
    {
        await Load.Settle(house);
        return Proc.Resident(house.Id);
    }

    private string File()
    {
        var lines = new StringBuilder("real,shown\n", Masks * 28);
        for (var number = 0; number < Masks; number++)
            lines.Append(CultureInfo.InvariantCulture, $"+7926{number:0000000},+{Shown(number)}\n");
        return lines.ToString();
    }

    private static string Shown(int number) => string.Create(CultureInfo.InvariantCulture, $"7800{number:0000000}");
}
