using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace IotOrleans.Bench;

/// <summary>The product as a bench starts it, and what a bench asks of it as its administrator.</summary>
internal static class Product
{
    public const string Ready = "/health/ready";

    private const string Password = "a password for benches";

    public static Task<ServerProcess> Start(Lab lab, string database, params string[] more)
    {
        var port = Lab.FreePort();
        return lab.Start("iotorleans.dll", port, database, Ready, [.. Arguments(port), .. more]);
    }

    public static string[] Arguments(int port) =>
        [
            $"--urls=http://127.0.0.1:{port}",
            // Neither a developer's error pages nor production's refusal of a simulated switch.
            "--environment=Staging",
            $"--IOT_ADMIN_PASSWORD={Password}",
            "--RateLimits:Enabled=false",
            "--Logging:LogLevel:Default=Warning",
            // Read by the Orleans build only.
            $"--Cluster:SiloPort={Lab.FreePort()}",
            $"--Cluster:GatewayPort={Lab.FreePort()}",
        ];

    public static async Task<HttpClient> Administrator(ServerProcess product)
    {
        var http = new HttpClient { BaseAddress = product.Address };
        using var login = await http.PostAsJsonAsync(
            "/api/v1/auth/token",
            new { username = "admin", password = Password }
        );
        var token = (await login.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString();
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return http;
    }

    /// <summary>Devices "{name}-0" and so on with their keys.</summary>
    public static async Task<string[]> Register(HttpClient http, int count, Func<int, object> device)
    {
        var keys = new string[count];
        var bound = new ParallelOptions { MaxDegreeOfParallelism = 16 };
        await Parallel.ForAsync(
            0,
            count,
            bound,
            async (index, cancellation) =>
            {
                using var made = await http.PostAsJsonAsync("/api/v1/devices", device(index), cancellation);
                made.EnsureSuccessStatusCode();
                var body = await made.Content.ReadFromJsonAsync<JsonElement>(cancellation);
                keys[index] = body.GetProperty("api_key").GetString()!;
            }
        );
        return keys;
    }

    public static async Task Rule(HttpClient http, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var made = await http.PostAsync(new Uri("/api/v1/rules", UriKind.Relative), content);
        made.EnsureSuccessStatusCode();
    }
}
