using IotOrleans.Http;

namespace IotOrleans.Tests;

/// <summary>The published contract: everything is in it, and what it shows can be sent.</summary>
public sealed class ContractTests(SharedHouse house)
{
    [Fact]
    public async Task Each_route_is_described_and_each_body_has_an_example()
    {
        var document = await house.Get("/openapi/v1.json");
        var bare = new List<string>();
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject())
            {
                var name = $"{operation.Name.ToUpperInvariant()} {path.Name}";
                Assert.True(operation.Value.TryGetProperty("summary", out _), $"{name} has no summary");
                if (
                    operation.Value.TryGetProperty("requestBody", out var body)
                    && body.GetProperty("content").TryGetProperty("application/json", out var json)
                    && !json.TryGetProperty("example", out _)
                )
                    bare.Add(name);
            }
        }
        Assert.True(bare.Count == 0, "without an example: " + string.Join(", ", bare));
    }

    [Fact]
    public async Task Each_example_is_understood_by_the_server()
    {
        await house.Register("smoke-1", "sensor_smoke", "+79160000010");
        var refused = new List<string>();
        foreach (var (route, example) in Examples.ByRoute)
        {
            var (method, path) = (route.Split(' ')[0], route.Split(' ')[1]);
            var (status, body) = await house.Ask(new(method), Filled(path), example);
            // A name that is not there is understood, and so is a neighbour that is not; a body that is wrong is not.
            if (status is 400 or 405 or 415 or 422 or 500)
                refused.Add($"{route}: {status} {body}");
        }
        Assert.True(refused.Count == 0, string.Join('\n', refused));
    }

    private static string Filled(string path) =>
        System.Text.RegularExpressions.Regex.Replace(
            path,
            @"\{(\w+)[^}]*\}",
            match =>
                match.Groups[1].Value switch
                {
                    "msisdn" => "+79160000099",
                    "rule_id" => "example",
                    "vendor" => "homeassistant",
                    _ => "example",
                }
        );
}
