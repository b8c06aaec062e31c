using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace IotOrleans.Tests;

/// <summary>
/// The private database of a house is killed: nothing is promised that is not on disk, and all is well by itself.
/// </summary>
public sealed class DatabaseDiesTests
{
    private const string Password = "a password for tests";

    [Fact]
    public async Task Without_a_database_events_are_refused_and_accepted_again_when_it_is_back()
    {
        var folder = TestServer.NewFolder();
        await using var house = HouseProcess.Start(
            $"--data={folder}",
            $"--IOT_ADMIN_PASSWORD={Password}",
            "--RateLimits:Enabled=false"
        );
        await house.IsReady();
        using var http = new HttpClient { BaseAddress = house.Address };
        var key = await Register(http);
        Assert.Equal(202, (int)(await Tell(http, key, "e-0")).StatusCode);

        using var postmaster = Postmaster(folder);
        postmaster.Kill();
        var accepted = new List<string>();
        var refused = 0;
        var patience = Stopwatch.StartNew();
        for (var number = 1; refused == 0 || accepted.Count < 5; number++)
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(60), house.Output);
            using var answer = await Tell(http, key, $"e-{number}");
            if (answer.IsSuccessStatusCode)
                accepted.Add($"e-{number}");
            else
            {
                refused++;
                Assert.Equal(503, (int)answer.StatusCode);
                Assert.NotNull(answer.Headers.RetryAfter);
            }
            await Task.Delay(20);
        }
        foreach (var id in accepted)
        {
            Assert.Equal(
                200,
                (int)(await http.GetAsync(new Uri("/api/v1/event-logs/" + id, UriKind.Relative))).StatusCode
            );
        }
    }

    private static async Task<string> Register(HttpClient http)
    {
        using var login = await http.PostAsJsonAsync(
            "/api/v1/auth/token",
            new { username = "admin", password = Password }
        );
        var token = (await login.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var made = await http.PostAsJsonAsync(
            "/api/v1/devices",
            new { device_id = "smoke-1", type = "sensor_smoke" }
        );
        return (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("api_key").GetString()!;
    }

    private static async Task<HttpResponseMessage> Tell(HttpClient http, string key, string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/events");
        request.Headers.Add("X-Api-Key", key);
        request.Content = JsonContent.Create(
            new
            {
                event_id = id,
                device_id = "smoke-1",
                event_type = "smoke",
            }
        );
        return await http.SendAsync(request);
    }

    private static Process Postmaster(string folder)
    {
        var file = Directory.EnumerateFiles(folder, "postmaster.pid", SearchOption.AllDirectories).Single();
        return Process.GetProcessById(int.Parse(File.ReadLines(file).First()));
    }
}
