using System.Globalization;
using System.Net.Sockets;
using System.Text;
using IotOrleans.FreeSwitch.Simulator;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace IotOrleans.Bench;

/// <summary>
/// A scripted day in ten minutes: events with repeats, alarms that call, calls in, strangers and nonsense; each minute
/// something breaks. What the process holds is written down each minute and should be as flat at the end as it was
/// after the first ones.
/// </summary>
internal sealed class SoakBench(Scene scene) : IBench
{
    private const int EventsPerSecond = 100;

    private int _event;
    private int _troubles;
    private int _accepted;

    public async Task Run()
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var (template, keys) = await EventBench.Prepare(scene.Lab, "+79161112204");
        var database = await scene.Lab.Copy(template);
        using var line = new SwitchSimulator(
            new()
            {
                AnswerMilliseconds = 200,
                PromptMilliseconds = 200,
                StaySecondsMax = 5,
            },
            TimeProvider.System,
            NullLogger<SwitchSimulator>.Instance
        );
        await line.StartAsync(CancellationToken.None);
        using var server = await Product.Start(
            scene.Lab,
            database,
            "--FreeSwitch:Host=127.0.0.1",
            $"--FreeSwitch:Port={line.Port}",
            "--FreeSwitch:ListenPort=0",
            "--Simulator:Enabled=false",
            "--MediaServer:CallsPerSecond=100"
        );
        await using var admin = NpgsqlDataSource.Create(scene.Lab.ConnectionTo(database));
        var minutes = scene.IsQuick ? 1 : 10;
        Say($"{EventsPerSecond} events a second, one in ten an alarm with a call; each minute something breaks");
        Say(
            $"{"minute", 6} {"accepted", 9} {"refused", 8} {"RSS MiB", 8} {"handles", 8} {"threads", 8} "
                + $"{"sessions", 9} {"open incidents", 15} {"open legs", 10} {"under way", 10}  what broke"
        );
        await Tell(server, admin, 0, "");
        for (var minute = 1; minute <= minutes; minute++)
        {
            var broke = "";
            await Task.WhenAll(
                Minute(server, keys),
                Task.Run(async () => broke = await Break(minute, line, admin, server))
            );
            await Tell(server, admin, minute, broke);
        }
        await Load.Settle(server);
        await Until(admin, "select count(*) from incidents where due_at is not null");
        await Until(admin, "select count(*) from calls where due_at is not null");
        await Tell(server, admin, minutes, "all is over");
        var twice = line
            .Orders.Where(order => order.Channel is not null)
            .GroupBy(order => order.Asked)
            .Count(made => made.Count() > 1);
        var left = await Ask(
            admin,
            "select count(*) from calls c where not exists (select from cdrs r where r.call_id = c.call_id)"
        );
        Say(
            $"{line.Orders.Count} orders, {twice} of them given twice; {left} calls without a record; "
                + $"{_troubles} answers that no client expects"
        );
        await line.StopAsync(CancellationToken.None);
    }

    private async Task Minute(ServerProcess server, string[] keys)
    {
        using var loop = await OpenLoop.Open(server.Port, 64);
        var fates = new Fates();
        await loop.Run(EventsPerSecond, TimeSpan.FromMinutes(1), () => (Next(keys), fates));
        _accepted += fates.Good;
        _troubles += fates.Refused;
    }

    /// <summary>Each tenth an alarm, each twentieth a repeat.</summary>
    private byte[] Next(string[] keys)
    {
        var number = Interlocked.Increment(ref _event);
        var named = number % 20 == 0 ? number - 10 : number;
        var device = named % keys.Length;
        var type = named % 10 == 0 ? "smoke" : "temperature";
        var json = $$"""{"event_id":"s{{named}}","device_id":"device-{{device}}","event_type":"{{type}}"}""";
        return HttpLine.Post("/api/v1/events", $"X-Api-Key: {keys[device]}", json);
    }

    private static async Task<string> Break(
        int minute,
        SwitchSimulator line,
        NpgsqlDataSource admin,
        ServerProcess server
    )
    {
        await Task.Delay(TimeSpan.FromSeconds(20));
        switch (minute % 5)
        {
            case 1:
                line.DropLinks();
                return "the line to the switch";
            case 2:
                await using (var end = admin.CreateCommand(EndSessions))
                    await end.ExecuteNonQueryAsync();
                return "every session of the database";
            case 3:
                line.Restart();
                return "the switch, with all its channels";
            case 4:
                for (var stranger = 0; stranger < 200; stranger++)
                    await Nonsense(server.Port, stranger);
                return "200 strangers with nonsense";
            default:
                line.LoseReplies(3);
                return "three replies of the switch";
        }
    }

    private static async Task Nonsense(int port, int seed)
    {
        var bytes = new byte[600];
        new Random(seed).NextBytes(bytes);
        Encoding.ASCII.GetBytes("POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n").CopyTo(bytes, 0);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(System.Net.IPAddress.Loopback, port);
        await socket.SendAsync(bytes);
    }

    private const string EndSessions =
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'iotorleans'";

    private async Task Tell(ServerProcess server, NpgsqlDataSource admin, int minute, string broke)
    {
        var folder = $"/proc/{server.Id}";
        var sessions = await Ask(admin, "select count(*) from pg_stat_activity where application_name = 'iotorleans'");
        var incidents = await Ask(admin, "select count(*) from incidents where due_at is not null");
        var legs = await Ask(admin, "select count(*) from calls where due_at is not null");
        using var http = new HttpClient { BaseAddress = server.Address };
        var metrics = await http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        var underWay = metrics
            .Split('\n')
            .FirstOrDefault(text => text.StartsWith("iot_events_under_way", StringComparison.Ordinal));
        var handles = Directory.GetFiles(folder + "/fd").Length;
        var threads = Directory.GetDirectories(folder + "/task").Length;
        Say(
            $"{minute, 6} {_accepted, 9} {_troubles, 8} {Proc.Resident(server.Id) / 1048576.0, 8:0} "
                + $"{handles, 8} {threads, 8} "
                + $"{sessions, 9} {incidents, 15} {legs, 10} {underWay?.Split(' ')[^1] ?? "?", 10}  {broke}"
        );
    }

    private static async Task Until(NpgsqlDataSource admin, string none)
    {
        for (var tries = 0; await Ask(admin, none) > 0 && tries < 1_200; tries++)
            await Task.Delay(100);
    }

    private static async Task<long> Ask(NpgsqlDataSource admin, string sql)
    {
        await using var command = admin.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private void Say(string line) => scene.Report.Say(line);
}
