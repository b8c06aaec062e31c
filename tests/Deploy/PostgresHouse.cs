using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using IotOrleans.Tests;
using Npgsql;

namespace IotOrleans.Deploy;

/// <summary>The database that is shipped, and a house in Production on it, which has made its tables there.</summary>
public sealed class PostgresHouse : IAsyncLifetime
{
    private readonly bool _isServerOurs;
    private readonly Dictionary<string, string> _more;

    public PostgresHouse()
        : this(new DeployedPostgres(), []) => _isServerOurs = true;

    /// <param name="server">Started and ended by whoever gives it.</param>
    /// <param name="more">Settings beside those of every test.</param>
    internal PostgresHouse(DeployedPostgres server, Dictionary<string, string> more) =>
        (Server, _more) = (server, more);

    public const string Password = "a password for tests";

    public Uri Address { get; } = new($"http://127.0.0.1:{HouseProcess.FreePort()}");

    private Peer _house = null!;

    public DeployedPostgres Server { get; }

    public async ValueTask InitializeAsync()
    {
        if (_isServerOurs)
            await Server.InitializeAsync();
        _house = Peer.Start(
            "dotnet",
            [HouseProcess.OurBuild],
            new Dictionary<string, string>(_more)
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["ASPNETCORE_URLS"] = Address.ToString(),
                ["ConnectionStrings__Postgres"] = Server.Owner,
                ["IOT_ADMIN_PASSWORD"] = Password,
                ["Simulator__Enabled"] = "true",
                ["Access__TrustedProxies"] = "127.0.0.1",
            }
        );
        await _house.UntilItListens(Address.Port);
        var told = await Ask(HttpMethod.Post, "auth/token", new { username = "admin", password = Password }, "");
        Token = told.GetProperty("access_token").GetString()!;
    }

    internal string Said => _house.Said;

    public string Token { get; private set; } = "";

    /// <param name="bearer">A token, or the key of a device.</param>
    internal async Task<JsonElement> Ask(HttpMethod method, string path, object? body, string bearer)
    {
        using var http = new HttpClient { BaseAddress = Address };
        using var request = new HttpRequestMessage(method, "/api/v1/" + path);
        if (body is not null)
            request.Content = JsonContent.Create(body);
        if (bearer.Length > 0)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {text} {_house.Said}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    internal async Task<string> Text(string path)
    {
        using var http = new HttpClient { BaseAddress = Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        return await http.GetStringAsync(new Uri(path.StartsWith('/') ? path : "/api/v1/" + path, UriKind.Relative));
    }

    /// <summary>The first column of all rows, as somebody may read it.</summary>
    internal static async Task<List<string>> Rows(string connection, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
            rows.Add($"{reader.GetValue(0)}");
        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        Assert.Equal(0, await _house.End());
        await _house.DisposeAsync();
        if (_isServerOurs)
            await Server.DisposeAsync();
    }
}
