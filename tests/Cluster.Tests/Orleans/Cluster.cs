using System.Collections.Immutable;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using IotOrleans.FreeSwitch.Simulator;
using Microsoft.Extensions.Logging.Abstractions;

namespace IotOrleans.Tests;

/// <summary>
/// Two silos and two front-ends as processes, real PostgreSQL, and a switch that keeps a ledger. Between silos, and
/// from
/// each silo to the switch, lies a cable that can be cut.
/// </summary>
public class Cluster : TestDatabase
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private const string Password = "a password for tests";

    private readonly List<HouseProcess> _all = [];
    private readonly SimulatorOptions _switch = new() { AnswerMilliseconds = 100, PromptMilliseconds = 100 };
    private Storm? _storm;
    private int _door;
    private string _token = "";

    internal SwitchSimulator Switch { get; private set; } = null!;

    internal List<ClusterSilo> Silos { get; } = [];

    /// <summary>Changed as a whole: a storm may be at the doors.</summary>
    internal ImmutableArray<HouseProcess> Doors { get; private set; } = [];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Switch = new(_switch, TimeProvider.System, NullLogger<SwitchSimulator>.Instance);
        await Switch.StartAsync(CancellationToken.None);
        await AddSilo();
        await AddSilo();
        await AddDoor();
        await AddDoor();
        using var http = new HttpClient { BaseAddress = Doors[0].Address };
        using var answer = await http.PostAsJsonAsync(
            "/api/v1/auth/token",
            new { username = "admin", password = Password }
        );
        _token = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!;
    }

    /// <summary>A storm over this cluster; its rule and its devices are made once.</summary>
    internal async Task<Storm> Storm()
    {
        if (_storm is not null)
            return _storm;
        _storm = new Storm(
            (method, path, body, key) => Ask(Interlocked.Increment(ref _door), method, path, body, key),
            Source,
            Switch
        );
        await _storm.Prepare("+79161112204");
        return _storm;
    }

    /// <summary>Starts one more silo, of another build than ours when one is named.</summary>
    internal async Task<ClusterSilo> AddSilo(string? build = null)
    {
        for (var start = 1; ; start++)
        {
            var silo = StartSilo(build);
            if (await silo.Process.BecomesReady())
            {
                Silos.Add(silo);
                return silo;
            }
            // As a service manager does: on a busy machine a database may be too late for a start.
            Assert.True(start < 3, silo.Process.Output);
            await silo.DisposeAsync();
        }
    }

    private ClusterSilo StartSilo(string? build)
    {
        var (listen, callers) = (HouseProcess.FreePort(), HouseProcess.FreePort());
        var (silos, line) = (new TcpProxy(listen), new TcpProxy(Switch.Port));
        var process = Start(
            build,
            [
                "--Role=silo",
                $"--Cluster:Name=silo-{_all.Count}",
                $"--Cluster:SiloPort={silos.Port}",
                $"--Cluster:SiloListenPort={listen}",
                $"--Cluster:GatewayPort={HouseProcess.FreePort()}",
                "--Simulator:Enabled=false",
                "--FreeSwitch:Host=127.0.0.1",
                $"--FreeSwitch:Port={line.Port}",
                $"--FreeSwitch:ListenPort={callers}",
                .. SiloSettings,
            ]
        );
        return new(process, silos, line, callers);
    }

    internal async Task<HouseProcess> AddDoor(string? build = null)
    {
        for (var start = 1; ; start++)
        {
            var door = Start(build, "--Role=api", "--RateLimits:Enabled=false");
            if (await door.BecomesReady())
            {
                Doors = Doors.Add(door);
                return door;
            }
            Assert.True(start < 3, door.Output);
        }
    }

    internal void RemoveDoor(HouseProcess door) => Doors = Doors.Remove(door);

    /// <summary>
    /// As a service manager does: what has ended is started again, until two silos see each other. On a machine that
    /// stood still one may be declared dead at any time, and ends then.
    /// </summary>
    internal async Task Heal(string? build = null)
    {
        var patience = Stopwatch.StartNew();
        while (true)
        {
            foreach (var ended in Silos.Where(silo => silo.Process.HasEnded).ToList())
            {
                Silos.Remove(ended);
                await ended.DisposeAsync();
            }
            while (Silos.Count < 2)
                await AddSilo(build);
            var (status, body) = await Ask(1, HttpMethod.Get, "cluster");
            if (status == 200 && Active(body) == Silos.Count)
                return;
            Assert.True(patience.Elapsed < Patience, $"The cluster is still {status} {body}");
            await Task.Delay(50);
        }
    }

    /// <summary>Asks again and again until the answer is as it should be.</summary>
    internal async Task<JsonElement> Until(string path, Func<JsonElement, bool> holds, int door = 0)
    {
        var patience = Stopwatch.StartNew();
        while (true)
        {
            var (status, body) = await Ask(door, HttpMethod.Get, path);
            if (status == 200 && holds(body))
                return body;
            Assert.True(patience.Elapsed < Patience, $"{path} is still {status} {body}");
            await Task.Delay(50);
        }
    }

    internal static int Active(JsonElement cluster) =>
        cluster
            .GetProperty("silos")
            .EnumerateArray()
            .Count(silo =>
                silo.GetProperty("status").GetString() == "active" && silo.TryGetProperty("activations", out _)
            );

    /// <summary>Somebody calls a number; the dialplan hands the call to this silo.</summary>
    internal string Call(ClusterSilo silo, string number)
    {
        _switch.OutboundPort = silo.CallersPort;
        return Switch.IncomingCall(number, "74951234567", "Grandma").ToString("D");
    }

    internal async Task<string> Register(string id, string type, string number)
    {
        var device = new
        {
            device_id = id,
            type,
            msisdn = number,
        };
        // A machine that is busy with others refuses for a while; one that was registered all the same has no key yet.
        for (var attempt = 1; ; attempt++)
        {
            var (status, body) = await Ask(0, HttpMethod.Post, "devices", device);
            if (status == 200)
                (status, body) = await Ask(0, HttpMethod.Post, $"devices/{id}/api-key");
            if (status is 200 or 201)
                return body.GetProperty("api_key").GetString()!;
            Assert.True(status == 503 && attempt < 20, $"{status} {body}");
        }
    }

    /// <summary>Makes something once, however often a machine that is busy with others has to be asked.</summary>
    internal async Task Make(string path, object body)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (status, answer) = await Ask(0, HttpMethod.Post, path, body);
            if (status is 200 or 201)
                return;
            Assert.True(status == 503 && attempt < 20, $"{path}: {status} {answer}");
        }
    }

    /// <summary>What the silos of this cluster are told beside their places.</summary>
    protected virtual string[] SiloSettings => ["--MediaServer:CallsPerSecond=500"];

    private HouseProcess Start(string? build, params string[] settings)
    {
        var started = HouseProcess.StartBuild(
            build ?? HouseProcess.OurBuild,
            HouseProcess.FreePort(),
            [
                $"--ConnectionStrings:Postgres={ConnectionString};Maximum Pool Size=15",
                $"--IOT_ADMIN_PASSWORD={Password}",
                "--Logging:LogLevel:Default=Warning",
                .. settings,
            ]
        );
        _all.Add(started);
        return started;
    }

    /// <summary>
    /// Asks one of the front-ends, as the administrator or with a key; a request with a name may be repeated.
    /// </summary>
    internal async Task<(int Status, JsonElement Body)> Ask(
        int door,
        HttpMethod method,
        string path,
        object? body = null,
        string? key = null,
        string? name = null
    )
    {
        var doors = Doors;
        var asked = doors[(int)((uint)door % (uint)doors.Length)];
        using var http = new HttpClient { BaseAddress = asked.Address };
        using var request = new HttpRequestMessage(method, "/api/v1/" + path);
        if (body is not null)
            request.Content = JsonContent.Create(body);
        if (key is not null)
            request.Headers.Add("X-Api-Key", key);
        else
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        if (name is not null)
            request.Headers.Add("Idempotency-Key", name);
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode != 500, asked.Output);
        return (
            (int)answer.StatusCode,
            text.Length > 0 && text[0] is '{' or '[' ? JsonSerializer.Deserialize<JsonElement>(text) : default
        );
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var process in _all)
            await process.DisposeAsync();
        foreach (var silo in Silos)
            await silo.DisposeAsync();
        await Switch.StopAsync(CancellationToken.None);
        Switch.Dispose();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>A silo and its cables.</summary>
/// <param name="Silos">From other silos to this one.</param>
/// <param name="Line">From this silo to the switch.</param>
/// <param name="CallersPort">Where it takes calls from the dialplan.</param>
internal sealed record ClusterSilo(HouseProcess Process, TcpProxy Silos, TcpProxy Line, int CallersPort)
    : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        await Silos.DisposeAsync();
        await Line.DisposeAsync();
    }
}
