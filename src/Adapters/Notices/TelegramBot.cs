using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using IotOrleans.Json;
using IotOrleans.Postings;
using Microsoft.Extensions.Options;

namespace IotOrleans.Actions;

/// <summary>
/// Says it through the Bot API of Telegram (core.telegram.org/bots/api, "sendMessage"). It knows no id of ours, so what
/// may have been taken is not said again.
/// </summary>
public sealed class TelegramBot(IHttpClientFactory clients, WayHealth health, IOptions<TelegramOptions> options)
    : INoticeWay
{
    /// <summary>The client of HTTP that it asks for.</summary>
    public const string Client = "telegram";

    /// <summary>The most that is read of an answer, in bytes.</summary>
    public const int AnswerMax = 64 * 1024;

    public PostingKind Kind => PostingKind.Telegram;

    public TimeSpan Patience => TimeSpan.FromSeconds(10);

    public async Task<Delivery> Tell(Notice notice, CancellationToken cancellation)
    {
        var body = new JsonObject { ["chat_id"] = Chat(notice.Target), ["text"] = notice.Text };
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, Address("sendMessage"));
            request.Content = JsonContent.Create(body, options: ContractJson.Options);
            using var http = clients.CreateClient(Client);
            using var answer = await http.SendAsync(request, cancellation);
            return Read((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellation));
        }
        catch (HttpRequestException trouble)
            when (trouble.HttpRequestError
                    is HttpRequestError.ConnectionError
                        or HttpRequestError.NameResolutionError
                        or HttpRequestError.SecureConnectionError
                        or HttpRequestError.ProxyTunnelError
            )
        {
            return health.Fails(new(false, MayRetry: true, "Telegram cannot be reached"));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // Nobody but the wait for a connection has an end of its own.
            return health.Fails(new(false, MayRetry: true, "Telegram cannot be reached"));
        }
        catch (Exception trouble) when (trouble is HttpRequestException or OperationCanceledException)
        {
            return health.Fails(new(false, Detail: "Telegram did not answer", Unsure: true));
        }
    }

    private Delivery Read(int status, string text)
    {
        var answer = Parse(text);
        if (answer is { Ok: true } && status is >= 200 and < 300)
            return health.Works(new(true));
        if (answer is null && status is >= 200 and < 300)
            return health.Fails(new(false, Detail: "what answered is not Telegram", Unsure: true));
        var code = answer?.ErrorCode ?? status;
        var detail = $"Telegram says {code}: {Short(answer?.Description)}";
        TimeSpan? wait =
            code == 429 && answer?.Parameters?.RetryAfter is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : null;
        // 401 and 404 speak of our token: somebody will set it right. All else is about this chat and this message,
        // and so is flood control.
        var isDown = code is 401 or 404 or >= 500;
        var said = new Delivery(false, MayRetry: isDown || code == 429, detail, RetryAfter: wait);
        return isDown ? health.Fails(said) : health.Works(said);
    }

    private static Answer? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<Answer>(text, ContractJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonNode Chat(string target) => long.TryParse(target, out var number) ? number : target;

    private Uri Address(string method) =>
        new($"{options.Value.Url.AbsoluteUri.TrimEnd('/')}/bot{options.Value.Token}/{method}");

    private static string Short(string? words) =>
        words is null ? "nothing more"
        : words.Length > 100 ? words[..100]
        : words;

    private sealed record Answer(
        bool Ok,
        int? ErrorCode = null,
        string? Description = null,
        AnswerParameters? Parameters = null
    );

    private sealed record AnswerParameters(int? RetryAfter = null);
}
