using System.Net;
using System.Text;
using System.Text.Json;

namespace IotOrleans.Tests;

/// <summary>How customers are made here, and how they ask.</summary>
public sealed partial class CustomerTests
{
    private async Task Customers()
    {
        foreach (var (customer, from, to) in new[] { (A, ShownOfA(1), ShownOfA(9)), (B, ShownOfB(1), ShownOfB(9)) })
        {
            await house.Post("customers", $$"""{"customer_id": "{{customer}}", "name": "{{customer}}"}""", 201);
            await Pool(customer, from, to, customer);
            await Key(customer);
        }
    }

    private Task<JsonElement> Pool(string name, string from, string to, string customer) =>
        house.Post("mask-pools", PoolBody(name, from, to, customer), 201);

    private static string PoolBody(string name, string from, string to, string? customer = null)
    {
        var more = customer is null ? "" : $", \"customer_id\": \"{customer}\"";
        return $$"""{"name": "{{name}}", "from": "{{from}}", "to": "{{to}}"{{more}}}""";
    }

    private async Task<string> Key(string customer, string role = "operator")
    {
        var name = $"{customer} {Guid.NewGuid():N}";
        var body = $$"""{"name": "{{name}}", "role": "{{role}}", "customer_id": "{{customer}}"}""";
        return Text(await house.Post("api-keys", body, 201), "key")!;
    }

    /// <param name="customer">Who makes it; null is the house.</param>
    private async Task<JsonElement> Mask(string? customer, string real, string shown)
    {
        var (status, mask) = await Make(customer is null ? null : await Key(customer), "masks", new { real, shown });
        Assert.True(status == 201, $"{status}: {mask}");
        Assert.Equal(customer, Maybe(mask, "customer_id"));
        return mask;
    }

    private Task<(int Status, JsonElement Body)> Make(string? key, string path, object body) =>
        house.Ask(HttpMethod.Post, path, JsonSerializer.Serialize(body), key);

    private Task<(int Status, JsonElement Body)> Generate(string key, string pool, params string[] reals) =>
        Make(key, "masks/generate", new { pool, reals });

    /// <summary>The mirror follows within a second.</summary>
    private Task Known(string shown) => house.Until("masks/lookup/real/" + shown, _ => true, 404);

    /// <summary>Status and body, but for what differs from one request to the next.</summary>
    private async Task<string> Answer(HttpMethod method, string path, string? body, string key)
    {
        using var request = house.Request(method, path, body, key);
        using var answer = await house.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return $"{(int)answer.StatusCode} {answer.Content.Headers.ContentType} "
            + System.Text.RegularExpressions.Regex.Replace(text, "\"trace_id\":\"[0-9a-f]+\"", "");
    }

    private async Task<JsonElement> Import(string? key, string csv, string query)
    {
        var (status, body) = await Send(key, csv, query);
        Assert.True(status == HttpStatusCode.Accepted, $"{status}: {body}");
        return JsonSerializer.Deserialize<JsonElement>(body);
    }

    private async Task<HttpStatusCode> Sent(string key, string csv, string query) =>
        (await Send(key, csv, query)).Status;

    private async Task<(HttpStatusCode Status, string Body)> Send(string? key, string csv, string query)
    {
        using var request = house.Request(HttpMethod.Post, "masks/import" + query, key: key);
        request.Content = new StringContent(csv, Encoding.UTF8, "text/csv");
        using var answer = await house.Http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task Called(string shown, int sip, bool unmapped = false)
    {
        var key = await house.Post(
            "api-keys",
            $$"""{"name": "switch {{Guid.NewGuid():N}}", "role": "telephony"}""",
            201
        );
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;
        var body = new
        {
            call_id = Guid.NewGuid(),
            from = "+74951234567",
            shown,
            sip_status = sip,
            started = now,
            answered = sip == 200 ? now : (double?)null,
            ended = now,
            unmapped,
        };
        var (status, problem) = await Make(Text(key, "key"), "masks/calls", body);
        Assert.True(status == 201, $"{status}: {problem}");
    }

    private Task<string[]> Reals(string key) => Names(key, "masks", "real");

    private async Task<string[]> Names(string? key, string path, string member)
    {
        var (status, page) = await house.Ask(HttpMethod.Get, path, key: key);
        Assert.Equal(200, status);
        return [.. page.GetProperty("items").EnumerateArray().Select(item => Text(item, member)!).Order()];
    }

    private static string Id(JsonElement mask) => $"{mask.GetProperty("mask_id").GetInt64()}";

    private static int Count(JsonElement json, string member) => json.GetProperty(member).GetInt32();

    private static string? Text(JsonElement json, string member) => json.GetProperty(member).GetString();

    private static string? Maybe(JsonElement json, string member) =>
        json.TryGetProperty(member, out var value) ? value.GetString() : null;
}
