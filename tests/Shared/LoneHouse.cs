using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using IotOrleans.FreeSwitch.Simulator;
using Microsoft.Extensions.Logging.Abstractions;

namespace IotOrleans.Tests;

/// <summary>
/// The one process of a small home, with a switch of its own that outlives it and keeps a ledger of every order.
/// </summary>
internal sealed class LoneHouse(string connectionString) : IAsyncDisposable
{
    private const string Password = "a password for tests";

    private readonly int _port = HouseProcess.FreePort();
    private readonly int _listenPort = HouseProcess.FreePort();
    private HouseProcess? _house;
    private SwitchSimulator? _ledger;
    private string _token = "";

    public LoneHouse(TestDatabase database)
        : this(database.ConnectionString) { }

    public SwitchSimulator Ledger =>
        _ledger ??= new(
            new()
            {
                AnswerMilliseconds = 100,
                PromptMilliseconds = 100,
                StaySecondsMax = 5,
                OutboundPort = _listenPort,
            },
            TimeProvider.System,
            NullLogger<SwitchSimulator>.Instance
        );

    /// <summary>Where the product meets the switch; a test may put itself between the two.</summary>
    public int? SwitchPort { get; set; }

    public string Output => _house?.Output ?? "";

    public Uri Address => new($"http://127.0.0.1:{_port}");

    /// <summary>Where the switch's calls arrive.</summary>
    public int ListenPort => _listenPort;

    public string Token => _token;

    public HouseProcess Running => _house!;

    public async Task Open()
    {
        await Ledger.StartAsync(CancellationToken.None);
        await Start();
    }

    public async Task KillAndStart()
    {
        await Kill();
        await Start();
    }

    public async Task Kill()
    {
        _house!.Kill();
        await _house.DisposeAsync();
        _house = null;
    }

    /// <param name="more">Settings beside those of every start.</param>
    public async Task Start(params string[] more)
    {
        Launch(more);
        await _house!.IsReady();
        if (_token.Length > 0)
            return;
        using var http = new HttpClient { BaseAddress = _house.Address };
        using var answer = await http.PostAsJsonAsync(
            "/api/v1/auth/token",
            new { username = "admin", password = Password }
        );
        _token = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!;
    }

    /// <summary>Starts it and does not wait: it may be about to die.</summary>
    public void Launch(params string[] more)
    {
        _house = HouseProcess.StartAt(
            _port,
            [
                $"--ConnectionStrings:Postgres={connectionString}",
                $"--IOT_ADMIN_PASSWORD={Password}",
                "--Simulator:Enabled=false",
                "--FreeSwitch:Host=127.0.0.1",
                $"--FreeSwitch:Port={SwitchPort ?? Ledger.Port}",
                $"--FreeSwitch:ListenPort={_listenPort}",
                "--MediaServer:CallsPerSecond=500",
                "--RateLimits:Enabled=false",
                "--Logging:LogLevel:Default=Warning",
                .. more,
            ]
        );
    }

    /// <summary>Runs the program for one command, such as a backup, on the same database.</summary>
    public async Task<(int Exit, string Said)> Command(params string[] words)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "iotorleans.dll");
        string[] all =
        [
            program,
            .. words,
            "--environment=Development",
            $"--ConnectionStrings:Postgres={connectionString}",
        ];
        var start = new ProcessStartInfo("dotnet", all) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, string.Concat(said));
    }

    public async Task<(int Status, JsonElement Body)> Ask(HttpMethod method, string path, object? body, string? key)
    {
        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{_port}") };
        using var request = new HttpRequestMessage(method, "/api/v1/" + path);
        if (body is not null)
            request.Content = JsonContent.Create(body);
        if (key is not null)
            request.Headers.Add("X-Api-Key", key);
        else
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode != 500, Output);
        // Whoever is told to come again is told when.
        Assert.True((int)answer.StatusCode is not (503 or 429) || answer.Headers.RetryAfter is not null, Output);
        var json = text.Length > 0 && text[0] is '{' or '[' ? JsonSerializer.Deserialize<JsonElement>(text) : default;
        return ((int)answer.StatusCode, json);
    }

    public async ValueTask DisposeAsync()
    {
        if (_house is not null)
            await _house.DisposeAsync();
        if (_ledger is null)
            return;
        await _ledger.StopAsync(CancellationToken.None);
        _ledger.Dispose();
    }
}
