using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace IotOrleans.Tests;

/// <summary>
/// Every route of the contract is asked for what it does not expect. It never answers 500, never hangs, and does not
/// grow. <c>IOT_SEED</c> replays, <c>IOT_FUZZ_MINUTES</c> goes on for longer.
/// </summary>
[Collection(Fuzzed.Name)]
public sealed partial class HttpFuzzTests(FuzzHouse fuzzed, ITestOutputHelper output)
{
    private const int Askers = 8;

    private static readonly string[] Queries =
    [
        "limit",
        "cursor",
        "msisdn",
        "device_id",
        "event_type",
        "from",
        "to",
        "status",
        "message_id",
        "text",
        "access_token",
        "coding",
        "smsc",
        "format",
        "pool",
    ];

    private static readonly string[] Headers =
    [
        "X-Api-Key",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "X-Signature",
        "Accept",
        "If-None-Match",
        "traceparent",
        "Content-Encoding",
        "Range",
        "X-HTTP-Method-Override",
    ];

    private static readonly string[] Types =
    [
        "application/json",
        "application/json; charset=utf-16",
        "text/csv",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "nonsense",
    ];

    private int _asked;

    [Fact]
    public async Task Whatever_is_asked_of_any_route_is_answered_and_never_with_a_mistake_of_ours()
    {
        var seed = Seed.Next(output);
        var routes = await Routes();
        Assert.True(routes.Count > 60, $"{routes.Count} routes");
        var until = Stopwatch.StartNew();
        await Task.WhenAll(
            Enumerable.Range(0, Askers).Select(asker => Task.Run(() => AskUntil(until, routes, new(new(seed + asker)))))
        );
        output.WriteLine($"{_asked} requests to {routes.Count} routes");
        await fuzzed.IsWell();
        Assert.True(fuzzed.Said > 0);
    }

    private async Task AskUntil(Stopwatch until, List<Route> routes, Nasty nasty)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = fuzzed.House.Address,
            Timeout = TimeSpan.FromSeconds(30),
        };
        while (until.Elapsed < FuzzHouse.Time)
        {
            var route = nasty.Of(routes);
            using var request = Request(route, nasty);
            var said = request.Content is { } content ? await content.ReadAsByteArrayAsync() : [];
            try
            {
                using var answer = await http.SendAsync(request);
                Interlocked.Increment(ref _asked);
                var text = await answer.Content.ReadAsStringAsync();
                Assert.True(
                    answer.StatusCode is < HttpStatusCode.InternalServerError or HttpStatusCode.ServiceUnavailable,
                    $"{request.Method} {request.RequestUri} answered {answer.StatusCode}: {text}\n"
                        + $"{System.Text.Encoding.UTF8.GetString(said.AsSpan(0, Math.Min(said.Length, 4_000)))}"
                        + $"\n{fuzzed.House.Output}"
                );
            }
            catch (HttpRequestException) when (said.Length > 64 * 1024)
            {
                // It has read enough and hung up.
            }
        }
    }

    private HttpRequestMessage Request(Route route, Nasty nasty)
    {
        var path = Parameter().Replace(route.Path, _ => Uri.EscapeDataString(Sent(nasty.Word())));
        if (nasty.Often)
        {
            var query = Enumerable
                .Range(0, nasty.Next(4))
                .Select(_ => $"{nasty.Of(Queries)}={Uri.EscapeDataString(Sent(nasty.Word()))}");
            path += "?" + string.Join('&', query);
        }
        var request = new HttpRequestMessage(new(route.Method), path);
        if (nasty.Next(10) > 0)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", fuzzed.House.Token);
        else
            request.Headers.TryAddWithoutValidation("Authorization", Plain(nasty.Word()));
        for (var more = nasty.Next(3); more > 0; more--)
            request.Headers.TryAddWithoutValidation(nasty.Of(Headers), Plain(nasty.Word()));
        if (route.Method is "GET" or "DELETE")
            return request;
        request.Content = new ByteArrayContent(nasty.Json(route.Example ?? """{"other": 1}"""));
        request.Content.Headers.TryAddWithoutValidation("Content-Type", nasty.Next(6) > 0 ? Types[0] : nasty.Of(Types));
        return request;
    }

    // The client itself refuses to send these.
    private static string Plain(string word) =>
        string.Concat(word.Where(sign => sign is >= ' ' and < (char)127).Take(2_000));

    private static string Sent(string word) =>
        string.Concat(word.Take(1_000).Select(sign => char.IsSurrogate(sign) ? '\ufffd' : sign));

    private async Task<List<Route>> Routes()
    {
        using var http = new HttpClient { BaseAddress = fuzzed.House.Address };
        var document = JsonSerializer.Deserialize<JsonElement>(
            await http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative))
        );
        return
        [
            .. from path in document.GetProperty("paths").EnumerateObject()
            from method in path.Value.EnumerateObject()
            select new Route(method.Name.ToUpperInvariant(), path.Name, Example(method.Value)),
        ];
    }

    private static string? Example(JsonElement operation) =>
        operation.TryGetProperty("requestBody", out var body)
        && body.TryGetProperty("content", out var content)
        && content.EnumerateObject().First().Value.TryGetProperty("example", out var example)
            ? example.GetRawText()
            : null;

    private sealed record Route(string Method, string Path, string? Example);

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}
