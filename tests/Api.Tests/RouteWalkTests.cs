using System.Text.Json;
using IotOrleans.Access;
using Microsoft.AspNetCore.Routing;

namespace IotOrleans.Tests;

/// <summary>Every route, asked as nobody and as each role: nobody gets in who is not named here.</summary>
public sealed class RouteWalkTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    private static readonly Dictionary<string, Role[]> Groups = new()
    {
        ["Read"] = [Role.Operator, Role.Admin, Role.Auditor, Role.Partner],
        ["Command"] = [Role.Operator, Role.Admin],
        ["Administer"] = [Role.Admin],
        ["Audit"] = [Role.Auditor, Role.Admin],
        ["Report"] = [Role.Device, Role.Hub],
        // A device's key is not that of the hub it asks for; a hub's key without devices is everybody's.
        ["Hook"] = [Role.Hub],
        ["Route"] = [Role.Telephony, Role.Operator, Role.Admin],
        ["Speaker"] = [Role.Device],
        ["Everybody"] = [],
        ["Subscribe"] = [Role.Operator, Role.Admin, Role.Partner],
        ["Call"] = [Role.Operator, Role.Admin, Role.Partner],
        ["Gateway"] = [Role.Telephony],
        ["Watch"] = [Role.Operator, Role.Admin, Role.Auditor],
        ["Masks"] = [Role.Operator, Role.Admin, Role.Auditor],
        ["Keep"] = [Role.Operator, Role.Admin],
        ["LookUp"] = [Role.Telephony, Role.Operator, Role.Admin],
    };

    /// <summary>What the callers of customers may ask too, each by his role.</summary>
    private static readonly string[] ForCustomers = ["Masks", "Keep", "LookUp"];

    private static readonly Dictionary<string, string> GroupOf = File.ReadLines(
            Path.Combine(AppContext.BaseDirectory, "routes.txt")
        )
        .Where(line => !line.StartsWith('#'))
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .ToDictionary(words => $"{words[1]} {words[2]}", words => words[0]);

    [Fact]
    public async Task Each_route_lets_in_those_it_is_for_and_nobody_else()
    {
        var keys = await Keys();
        var wrong = new List<string>();
        foreach (var (method, pattern) in Routes())
        {
            var name = $"{method} {pattern}";
            if (!GroupOf.TryGetValue(name, out var group))
            {
                wrong.Add($"{name} is not in routes.txt");
                continue;
            }
            var allowed = Groups[group];
            foreach (var (role, key) in keys)
            {
                var status = await Status(method, pattern, key);
                var letIn = status is not (401 or 403);
                var right = allowed.Length == 0 || (role is { } known && allowed.Contains(known));
                if (letIn != right || (role is null && !right && status != 401))
                    wrong.Add($"{name} as {role?.ToString() ?? "nobody"}: {status}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task The_callers_of_a_customer_reach_masks_by_their_roles_and_nothing_else()
    {
        await house.Post("customers", """{"customer_id": "walker", "name": "Walker"}""", 201);
        var wrong = new List<string>();
        foreach (var role in new[] { Role.Operator, Role.Auditor, Role.Telephony })
        {
            var word = role.ToString().ToLowerInvariant();
            var body = $$"""{"name": "walker {{word}}", "role": "{{word}}", "customer_id": "walker"}""";
            var key = (await house.Post("api-keys", body, 201)).GetProperty("key").GetString();
            foreach (var (method, pattern) in Routes())
            {
                var group = GroupOf[$"{method} {pattern}"];
                var right = group == "Everybody" || (ForCustomers.Contains(group) && Groups[group].Contains(role));
                // The second time the key is known, and where there is a short way it is gone.
                foreach (var status in new[] { await Status(method, pattern, key), await Status(method, pattern, key) })
                {
                    // A hook asks by itself who posts.
                    if (right ? status is 401 or 403 : status != 403 && !(group == "Hook" && status == 401))
                        wrong.Add($"{method} {pattern} as {role} of a customer: {status}");
                }
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task A_key_that_is_not_ours_is_nobody()
    {
        foreach (var key in new[] { "iot_wrong", "nonsense", new string('x', 5000) })
        {
            Assert.Equal(401, await Status("GET", "/api/v1/devices", key));
        }
    }

    [Theory]
    [InlineData("telephony", "GET", "/lookup/real/absent")]
    [InlineData("hub", "POST", "/api/v1/events")]
    public async Task A_key_that_is_known_and_then_taken_away_is_nobody_at_once(string role, string method, string path)
    {
        var made = await house.Post("api-keys", $$"""{"name": "short lived", "role": "{{role}}"}""", 201);
        var key = made.GetProperty("key").GetString();
        // Asked for in the rows the first time, remembered the second.
        Assert.DoesNotContain(401, new[] { await Status(method, path, key), await Status(method, path, key) });

        await house.Ask(HttpMethod.Delete, $"api-keys/{made.GetProperty("key_id").GetString()}");

        Assert.Equal(401, await Status(method, path, key));
    }

    private IEnumerable<(string Method, string Pattern)> Routes() =>
        house
            .Service<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Where(route => !route.RoutePattern.RawText!.StartsWith("/speaker", StringComparison.Ordinal))
            .SelectMany(route =>
                (route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(method =>
                    (method, "/" + route.RoutePattern.RawText!.Trim('/'))
                )
            )
            .Where(route => route.method is not "OPTIONS" and not "CONNECT")
            .Distinct();

    private async Task<List<(Role? Role, string? Key)>> Keys()
    {
        var keys = new List<(Role?, string?)> { (null, null) };
        keys.Add((Role.Device, await house.Register("walker", "other")));
        foreach (var role in new[] { Role.Hub, Role.Partner, Role.Telephony, Role.Operator, Role.Auditor, Role.Admin })
        {
            var body = JsonSerializer.Serialize(
                new
                {
                    name = $"{role}",
                    role = role.ToString().ToLowerInvariant(),
                    subscribers = new[] { "+79160000010" },
                }
            );
            keys.Add((role, (await house.Post("api-keys", body, 201)).GetProperty("key").GetString()));
        }
        return keys;
    }

    private async Task<int> Status(string method, string pattern, string? key)
    {
        var path = pattern.Replace("{documentName}", "v1", StringComparison.Ordinal);
        path = path.Replace(":long}", "}1", StringComparison.Ordinal).Replace(":guid}", "}2", StringComparison.Ordinal);
        path = System.Text.RegularExpressions.Regex.Replace(path, @"\{[^}]+\}1", "1");
        path = System.Text.RegularExpressions.Regex.Replace(path, @"\{[^}]+\}2", $"{Guid.Empty}");
        path = System.Text.RegularExpressions.Regex.Replace(path, @"\{[^}]+\}", "absent");
        using var request = new HttpRequestMessage(new(method), path);
        if (method is "POST" or "PUT" or "PATCH")
            request.Content = new StringContent("{}", null, "application/json");
        if (key is not null)
            request.Headers.TryAddWithoutValidation("X-Api-Key", key);
        using var answer = await house.Http.SendAsync(request);
        return (int)answer.StatusCode;
    }
}
