using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using IotOrleans.FreeSwitch.Simulator;
using IotOrleans.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace IotOrleans.Tests;

/// <summary>
/// The whole product in one process on a free port: real PostgreSQL, real sockets, a simulated switch that is quick.
/// </summary>
public class WholeHouse : TestDatabase
{
    public const string Password = "a password for tests";

    private House _house = null!;
    private string _token = "";

    /// <summary>Settings beside those of every test.</summary>
    protected virtual string[] More => [];

    public Uri Address => new(_house.App!.Urls.First());

    public HttpClient Http { get; private set; } = null!;

    public SwitchSimulator Switch => _house.App!.Services.GetRequiredService<RunningSimulator>().Switch;

    public T Service<T>()
        where T : notnull => _house.App!.Services.GetRequiredService<T>();

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Open();
    }

    /// <summary>Stops the product and starts it again on the same rows.</summary>
    /// <param name="at">Where it listens then; null for anywhere.</param>
    public async Task Restart(Uri? at = null)
    {
        await Close();
        await Open(at);
    }

    public override async ValueTask DisposeAsync()
    {
        await Close();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Asks as the administrator.</summary>
    public async Task<(int Status, JsonElement Body)> Ask(
        HttpMethod method,
        string path,
        string? json = null,
        string? key = null
    )
    {
        using var request = Request(method, path, json, key);
        using var answer = await Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        var body =
            text.StartsWith('{') || text.StartsWith('[') ? JsonSerializer.Deserialize<JsonElement>(text) : default;
        return ((int)answer.StatusCode, body);
    }

    public HttpRequestMessage Request(HttpMethod method, string path, string? json = null, string? key = null)
    {
        var request = new HttpRequestMessage(method, path.StartsWith('/') ? path : "/api/v1/" + path);
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        if (key is not null)
            request.Headers.Add("X-Api-Key", key);
        else if (_token.Length > 0)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        return request;
    }

    public async Task<JsonElement> Get(string path)
    {
        var (status, body) = await Ask(HttpMethod.Get, path);
        Assert.True(status == 200, $"GET {path} answered {status}: {body}");
        return body;
    }

    public async Task<JsonElement> Post(string path, string json, int expected)
    {
        var (status, body) = await Ask(HttpMethod.Post, path, json);
        Assert.True(status == expected, $"POST {path} answered {status}: {body}");
        return body;
    }

    /// <summary>Registers a device and gives its key.</summary>
    public async Task<string> Register(string id, string type, string? number = null, string more = "")
    {
        var msisdn = number is null ? "" : $", \"msisdn\": \"{number}\"";
        var body = await Post("devices", $$"""{"device_id": "{{id}}", "type": "{{type}}"{{msisdn}}{{more}}}""", 201);
        return body.GetProperty("api_key").GetString()!;
    }

    /// <summary>A rule that calls the targets; <paramref name="more"/> are further members of the action.</summary>
    public Task<JsonElement> CallRule(string id, string eventType, string scope, string[] targets, string more = "") =>
        Post(
            "rules",
            $$"""
            {"rule_id": "{{id}}", "name": "{{id}}", "event_type": "{{eventType}}", "scope": {{scope}},
             "actions": [{"type": "call", "targets": {{JsonSerializer.Serialize(targets)}}{{more}}}]}
            """,
            201
        );

    public Task<(int Status, JsonElement Body)> Tell(
        string key,
        string device,
        string eventType,
        string eventId,
        string payload = "{}"
    ) =>
        Ask(
            HttpMethod.Post,
            "events",
            $$"""
            {"event_id": "{{eventId}}", "device_id": "{{device}}", "event_type": "{{eventType}}",
             "payload": {{payload}}}
            """,
            key
        );

    /// <summary>
    /// Asks again and again until the answer is as it should be; fails after a while with the last answer.
    /// </summary>
    /// <param name="notYet">A status that means: ask again.</param>
    public async Task<JsonElement> Until(string path, Func<JsonElement, bool> holds, int notYet = 0)
    {
        var patience = Stopwatch.StartNew();
        while (true)
        {
            var (status, body) = await Ask(HttpMethod.Get, path);
            Assert.True(status == 200 || status == notYet, $"GET {path} answered {status}: {body}");
            if (status == 200 && holds(body))
                return body;
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(120), $"{path} is still {body}");
            await Task.Delay(20);
        }
    }

    public Task<JsonElement> IncidentEnds(string id) =>
        Until($"incidents/{id}", incident => incident.GetProperty("status").GetString() != "running");

    private async Task Open(Uri? at = null)
    {
        _house = await House.Start([
            "--environment=Development",
            $"--urls={at?.ToString() ?? "http://127.0.0.1:0"}",
            $"--ConnectionStrings:Postgres={ConnectionString}",
            $"--IOT_ADMIN_PASSWORD={Password}",
            "--Simulator:Enabled=true",
            "--Simulator:AnswerMilliseconds=50",
            "--Simulator:PromptMilliseconds=100",
            "--RateLimits:DeviceBurst=5000",
            "--MediaServer:CallsPerSecond=1000",
            "--Logging:LogLevel:Default=Warning",
            // Read by the Orleans build only.
            $"--Cluster:SiloPort={FreePort()}",
            $"--Cluster:GatewayPort={FreePort()}",
            .. More,
        ]);
        Http = new() { BaseAddress = Address };
        using var answer = await Http.PostAsJsonAsync(
            "/api/v1/auth/token",
            new { username = "admin", password = Password }
        );
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        _token = body.GetProperty("access_token").GetString()!;
    }

    protected static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private async Task Close()
    {
        Http.Dispose();
        await _house.DisposeAsync();
    }
}
