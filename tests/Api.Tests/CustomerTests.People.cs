using System.Net.Http.Json;
using System.Text.Json;

namespace IotOrleans.Tests;

/// <summary>Users and keys of customers.</summary>
public sealed partial class CustomerTests
{
    [Theory]
    [InlineData("admin", "role")]
    [InlineData("partner", "role")]
    [InlineData("hub", "role")]
    [InlineData("operator", "customer_id")]
    public async Task A_caller_of_a_customer_has_no_role_that_rules_a_house_and_a_customer_that_is_there(
        string role,
        string mistake
    )
    {
        await Customers();
        var customer = mistake == "role" ? A : "nobody";
        Assert.Contains(mistake, await Mistakes(HttpMethod.Post, "users", User(role, customer)));
        Assert.Contains(mistake, await Mistakes(HttpMethod.Post, "api-keys", User(role, customer)));
        await house.Post("users", User("operator", A), 201);
        Assert.Equal(["role"], await Mistakes(HttpMethod.Patch, "users/olga-" + _block, """{"role": "admin"}"""));
    }

    [Fact]
    public async Task A_person_of_a_customer_keeps_its_masks_and_what_he_does_is_in_the_audit_log()
    {
        await Customers();
        await house.Post("users", User("operator", A), 201);
        await Mask(B, Real(1), ShownOfB(1));
        var token = await Login();
        Assert.Equal(201, await AsOlga(HttpMethod.Post, "masks", $$"""{"real": "{{Real(2)}}", "pool": "{{A}}"}"""));
        Assert.Equal(404, await AsOlga(HttpMethod.Get, "/lookup/real/" + ShownOfB(1)));
        Assert.Equal(403, await AsOlga(HttpMethod.Get, "devices"));
        Assert.Equal(403, await AsOlga(HttpMethod.Get, "routing/" + ShownOfA(1)));
        var log = (await house.Get("audit-log?limit=500")).GetProperty("items").EnumerateArray().ToArray();
        Assert.Contains(
            log,
            entry => Text(entry, "who") == "olga-" + _block && Text(entry, "action") == "POST /api/v1/masks/"
        );
        foreach (var made in new[] { "customers", "mask-pools", "users", "api-keys" })
            Assert.Contains(log, entry => Text(entry, "target") == "/api/v1/" + made && IsOf(A, entry));

        static bool IsOf(string customer, JsonElement entry) =>
            entry.TryGetProperty("after", out var after) && Maybe(after, "customer_id") == customer;

        async Task<int> AsOlga(HttpMethod method, string path, string? body = null)
        {
            using var request = house.Request(method, path, body);
            request.Headers.Authorization = new("Bearer", token);
            using var said = await house.Http.SendAsync(request);
            return (int)said.StatusCode;
        }
    }

    private async Task<string> Login()
    {
        var login = new { username = "olga-" + _block, password = "a long password" };
        using var answer = await house.Http.PostAsJsonAsync("/api/v1/auth/token", login);
        return Text(await answer.Content.ReadFromJsonAsync<JsonElement>(), "access_token")!;
    }

    /// <summary>As good for a user as for a key.</summary>
    private string User(string role, string customer) =>
        JsonSerializer.Serialize(
            new Dictionary<string, object>
            {
                ["username"] = "olga-" + _block,
                ["name"] = "olga",
                ["password"] = "a long password",
                ["role"] = role,
                ["subscribers"] = new[] { Real(1) },
                ["customer_id"] = customer,
            }
        );

    private async Task<string[]> Mistakes(HttpMethod method, string path, string body)
    {
        var (status, problem) = await house.Ask(method, path, body);
        Assert.True(status == 422, $"{status}: {problem}");
        return [.. problem.GetProperty("errors").EnumerateObject().Select(error => error.Name)];
    }
}
