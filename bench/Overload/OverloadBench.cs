using System.Globalization;

namespace IotOrleans.Bench;

/// <summary>
/// One, two, five and ten times what it can do, one event in ten an alarm: what is served, what is refused and how
/// soon, what it costs in memory, and how it is right afterwards.
/// </summary>
internal sealed class OverloadBench(Scene scene) : IBench
{
    // More than may be under way, so that the bound is met before the lines run out.
    private const int Lines = 2_000;

    private int _event;

    public async Task Run()
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var (template, keys) = await EventBench.Prepare(scene.Lab, "+79161111111");
        var database = await scene.Lab.Copy(template);
        using var server = await Product.Start(scene.Lab, database);
        var warm = TimeSpan.FromSeconds(scene.IsQuick ? 3 : 10);
        await Load.Warm(server, scene.Lab.PostgresId, warm, () => Next(keys).Request);
        await Load.Settle(server);
        var peak = await Load.Run(
            server,
            scene.Lab.PostgresId,
            64,
            scene.IsQuick ? 4_000 : 20_000,
            () => Next(keys).Request
        );
        var calm = await Load.Run(server, scene.Lab.PostgresId, 1, 500, () => Next(keys).Request);
        var before = Proc.Resident(server.Id);
        Say($"peak {peak.Rate:0}/s at 64 callers; alone p50 {calm.P50 / 1000:0.0} ms, p99 {calm.P99 / 1000:0.0} ms");
        Say(
            $"{"offered", 9} {"really", 8} {"good/s", 8} {"of peak", 8} {"refused/s", 10} {"alarms refused", 15} "
                + $"{"good p99", 10} {"alarm p99", 10} {"refusal p99", 12} {"memory", 9}"
        );
        foreach (var times in new[] { 1, 2, 5, 10 })
            await Once(server, keys, peak.Rate, times, before);
        var after = await Load.Run(server, scene.Lab.PostgresId, 1, 500, () => Next(keys).Request);
        Say($"right afterwards, alone: p50 {after.P50 / 1000:0.0} ms, p99 {after.P99 / 1000:0.0} ms");
    }

    private async Task Once(ServerProcess server, string[] keys, double peak, int times, long before)
    {
        var (alarms, others) = (new Fates(), new Fates());
        var time = TimeSpan.FromSeconds(scene.IsQuick ? 5 : 15);
        using (var loop = await OpenLoop.Open(server.Port, Lines))
        {
            await loop.Run(
                peak * times,
                time,
                () =>
                {
                    var (request, isAlarm) = Next(keys);
                    return (request, isAlarm ? alarms : others);
                }
            );
        }
        var (good, refused) = (alarms.Good + others.Good, alarms.Refused + others.Refused);
        var seconds = time.TotalSeconds;
        Say(
            $"{times, 8}x {(good + refused) / seconds, 8:0} {good / seconds, 8:0} {good / seconds / peak, 8:0.00} "
                + $"{refused / seconds, 10:0} {alarms.Refused, 15} {others.GoodAt(0.99) / 1000, 7:0} ms "
                + $"{alarms.GoodAt(0.99) / 1000, 7:0} ms {others.RefusedAt(0.99) / 1000, 9:0} ms "
                + $"{(double)Proc.Resident(server.Id) / before, 8:0.00}x"
        );
    }

    private (byte[] Request, bool IsAlarm) Next(string[] keys)
    {
        var number = Interlocked.Increment(ref _event);
        var isAlarm = number % 10 == 0;
        var device = number / 10 % keys.Length;
        var json = $$"""
            {"event_id":"o{{number}}","device_id":"device-{{device}}","event_type":"{{(
                isAlarm ? "leak" : "temperature"
            )}}"}
            """;
        return (HttpLine.Post("/api/v1/events", $"X-Api-Key: {keys[device]}", json), isAlarm);
    }

    private void Say(string line) => scene.Report.Say(line);
}
