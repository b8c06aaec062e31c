using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using IotOrleans.FreeSwitch.Simulator;
using Microsoft.Extensions.Logging.Abstractions;

namespace IotOrleans.Tests;

/// <summary>
/// A house moves from the embedded engine to Orleans and back, on one database, in the middle of an incident.
/// </summary>
public sealed class ExchangeTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const string Password = "a password for tests";
    private const string Busy = "+79161112200";

    private string _token = "";

    [Fact]
    public async Task What_one_engine_wrote_the_other_reads_and_goes_on_with_and_back()
    {
        using var ledger = new SwitchSimulator(
            new() { AnswerMilliseconds = 100, PromptMilliseconds = 100 },
            TimeProvider.System,
            NullLogger<SwitchSimulator>.Instance
        );
        await ledger.StartAsync(CancellationToken.None);
        string key,
            incident;
        await using (var embedded = await Start(await EmbeddedBuild(), ledger))
        {
            (key, incident) = await Furnish(embedded);
            await Until(embedded, $"incidents/{incident}", body => body.GetProperty("attempts").GetArrayLength() >= 1);
        }
        await using (var orleans = await Start(HouseProcess.OurBuild, ledger))
        {
            await IsAsItWas(orleans, incident, "Smoke sensor");
            Assert.Equal("duplicate", (await Tell(orleans, key, "e-1")).GetProperty("status").GetString());
            // Its second attempt was due on one engine and is made on the other.
            await Until(orleans, $"incidents/{incident}", body => body.GetProperty("attempts").GetArrayLength() >= 2);
            await Ask(orleans, HttpMethod.Patch, "devices/smoke-1", new { name = "Renamed" }, 200);
            Assert.Equal("accepted", (await Tell(orleans, key, "e-2")).GetProperty("status").GetString());
        }
        await using (var embedded = await Start(await EmbeddedBuild(), ledger))
        {
            await IsAsItWas(embedded, incident, "Renamed");
            Assert.Equal("duplicate", (await Tell(embedded, key, "e-2")).GetProperty("status").GetString());
            await Ask(embedded, HttpMethod.Post, $"incidents/{incident}/acknowledge", new { by = "olga" }, 200);
            await Until(
                embedded,
                $"incidents/{incident}",
                body => body.GetProperty("status").GetString() == "acknowledged"
            );
            // Of the second event, too, somebody is called, on whichever engine.
            await Until(
                embedded,
                $"incidents/{incident}",
                _ => ledger.Orders.Select(order => order.Asked).Distinct().Count() >= 3
            );
        }
        var made = ledger.Orders.GroupBy(order => order.Asked).ToList();
        Assert.True(made.Count >= 3);
        Assert.All(made, orders => Assert.Single(orders));
        await ledger.StopAsync(CancellationToken.None);
    }

    /// <summary>The other build lies beside ours; when it was not made yet, it is made now.</summary>
    private static async Task<string> EmbeddedBuild([CallerFilePath] string here = "")
    {
        var root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
        var program = Path.Combine(root, "artifacts", "embedded", "bin", "IotOrleans.Silo", "debug", "iotorleans.dll");
        if (File.Exists(program))
            return program;
        var project = Path.Combine(root, "src", "Silo", "IotOrleans.Silo.csproj");
        using var build = Process.Start("dotnet", ["build", project, "-v", "quiet", "-p:GrainEngine=Embedded"]);
        await build.WaitForExitAsync();
        Assert.Equal(0, build.ExitCode);
        return program;
    }

    private async Task<HouseProcess> Start(string program, SwitchSimulator ledger)
    {
        var house = HouseProcess.StartBuild(
            program,
            HouseProcess.FreePort(),
            $"--ConnectionStrings:Postgres={database.ConnectionString}",
            $"--IOT_ADMIN_PASSWORD={Password}",
            $"--Cluster:SiloPort={HouseProcess.FreePort()}",
            $"--Cluster:GatewayPort={HouseProcess.FreePort()}",
            "--Simulator:Enabled=false",
            "--FreeSwitch:Host=127.0.0.1",
            $"--FreeSwitch:Port={ledger.Port}",
            "--FreeSwitch:ListenPort=0",
            "--RateLimits:Enabled=false"
        );
        await house.IsReady();
        using var http = new HttpClient { BaseAddress = house.Address };
        using var login = await http.PostAsJsonAsync(
            "/api/v1/auth/token",
            new { username = "admin", password = Password }
        );
        _token = (await login.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!;
        return house;
    }

    /// <summary>A sensor, a speaker, settings, a rule, and an incident that will try again.</summary>
    private async Task<(string Key, string Incident)> Furnish(HouseProcess house)
    {
        const string number = "+79160000010";
        var settings = new { display_name = "Olga", time_zone = "Europe/Moscow" };
        await Ask(house, HttpMethod.Put, $"subscribers/{Uri.EscapeDataString(number)}", settings, 200);
        var sensor = await Ask(
            house,
            HttpMethod.Post,
            "devices",
            new
            {
                device_id = "smoke-1",
                type = "sensor_smoke",
                msisdn = number,
                name = "Smoke sensor",
            },
            201
        );
        await Ask(
            house,
            HttpMethod.Post,
            "devices",
            new
            {
                device_id = "kitchen",
                type = "speaker",
                msisdn = number,
            },
            201
        );
        var call = new
        {
            type = "call",
            targets = new[] { Busy },
            mode = "until_acknowledged",
            attempts = 10,
            retry_seconds = 3,
        };
        var rule = new
        {
            rule_id = "fire",
            name = "Fire",
            event_type = "smoke",
            scope = new { msisdn = number },
            actions = new[] { call },
        };
        await Ask(house, HttpMethod.Post, "rules", rule, 201);
        var key = sensor.GetProperty("api_key").GetString()!;
        return (key, (await Tell(house, key, "e-1")).GetProperty("incidents")[0].GetString()!);
    }

    private async Task IsAsItWas(HouseProcess house, string incident, string name)
    {
        var device = await Ask(house, HttpMethod.Get, "devices/smoke-1", null, 200);
        Assert.Equal(name, device.GetProperty("name").GetString());
        var subscriber = await Ask(house, HttpMethod.Get, "subscribers/%2B79160000010", null, 200);
        Assert.Equal("Europe/Moscow", subscriber.GetProperty("time_zone").GetString());
        var rule = await Ask(house, HttpMethod.Get, "rules/fire", null, 200);
        Assert.Equal("until_acknowledged", rule.GetProperty("actions")[0].GetProperty("mode").GetString());
        var open = await Ask(house, HttpMethod.Get, $"incidents/{incident}/state", null, 200);
        Assert.Equal("running", open.GetProperty("status").GetString());
    }

    private async Task<JsonElement> Tell(HouseProcess house, string key, string id) =>
        await Ask(
            house,
            HttpMethod.Post,
            "events",
            new
            {
                event_id = id,
                device_id = "smoke-1",
                event_type = "smoke",
            },
            202,
            key
        );

    private async Task Until(HouseProcess house, string path, Func<JsonElement, bool> holds)
    {
        var patience = Stopwatch.StartNew();
        while (await Ask(house, HttpMethod.Get, path, null, 200) is var body && !holds(body))
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(40), $"{path} is still {body}");
            await Task.Delay(50);
        }
    }

    private async Task<JsonElement> Ask(
        HouseProcess house,
        HttpMethod method,
        string path,
        object? body,
        int expected,
        string? key = null
    )
    {
        using var http = new HttpClient { BaseAddress = house.Address };
        using var request = new HttpRequestMessage(method, "/api/v1/" + path);
        if (body is not null)
            request.Content = JsonContent.Create(body);
        if (key is not null)
            request.Headers.Add("X-Api-Key", key);
        else
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == expected, $"{method} {path}: {(int)answer.StatusCode} {text}");
        return text is ['{' or '[', ..] ? JsonSerializer.Deserialize<JsonElement>(text) : default;
    }
}
