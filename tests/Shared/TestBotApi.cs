using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;

namespace IotOrleans.Tests;

/// <summary>
/// Telegram's Bot API as its documentation has it, for one bot: over real HTTP, with the answers of the real one to
/// what is wrong.
/// </summary>
public sealed class TestBotApi : IAsyncDisposable
{
    public const string Token = "123456:a-token_for-tests";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Channel<ChatMessage> _arrived = Channel.CreateUnbounded<ChatMessage>();
    private readonly ConcurrentQueue<ChatMessage> _all = new();
    private TestPeer _peer = null!;
    private int _asked;

    public static Said FloodControl(int seconds) =>
        new(
            429,
            $$"""
            {"ok":false,"error_code":429,"description":"Too Many Requests: retry after {{seconds}}",
             "parameters":{"retry_after":{{seconds}} } }
            """
        );

    public static Said Blocked { get; } = Error(403, "Forbidden: bot was blocked by the user");

    public static Said BadGateway { get; } = new(502, "<html>502 Bad Gateway</html>");

    public Uri Address => _peer.Address;

    /// <summary>What becomes of a message that is right, by how many came before it; null for it is taken.</summary>
    public Func<int, Said?> Trouble { get; set; } = _ => null;

    /// <summary>What stands in the chats, the oldest first.</summary>
    public ChatMessage[] Chats => [.. _all];

    public int Asked => Volatile.Read(ref _asked);

    public static async Task<TestBotApi> Start()
    {
        var api = new TestBotApi { _peer = await TestPeer.Start() };
        api._peer.Answer = api.Answer;
        return api;
    }

    public async Task<ChatMessage> Arrives() => await _arrived.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    public ValueTask DisposeAsync() => _peer.DisposeAsync();

    private Said Answer(Asked asked)
    {
        if (!asked.Path.StartsWith($"/bot{Token}/", StringComparison.Ordinal))
            return Error(401, "Unauthorized");
        if (asked.Path != $"/bot{Token}/sendMessage")
            return Error(404, "Not Found: method not found");
        if (!asked.Header("Content-Type").StartsWith("application/json", StringComparison.Ordinal))
            return Error(400, "Bad Request: message text is empty");
        var body = JsonSerializer.Deserialize<JsonElement>(asked.Body);
        if (!body.TryGetProperty("chat_id", out var chat))
            return Error(400, "Bad Request: chat_id is empty");
        if (!body.TryGetProperty("text", out var text) || text.GetString() is not { Length: > 0 and <= 4_096 } words)
            return Error(400, "Bad Request: message text is empty");
        var trouble = Trouble(Interlocked.Increment(ref _asked) - 1);
        if (trouble is { IsLost: false })
            return trouble;
        var message = new ChatMessage(chat.ToString(), words);
        _all.Enqueue(message);
        _arrived.Writer.TryWrite(message);
        return trouble ?? Taken(message, _all.Count);
    }

    private static Said Taken(ChatMessage message, int id) =>
        new(
            200,
            JsonSerializer.Serialize(
                new
                {
                    ok = true,
                    result = new
                    {
                        message_id = id,
                        date = 1_767_254_400,
                        chat = new { id = message.Chat, type = "private" },
                        text = message.Text,
                    },
                }
            )
        );

    private static Said Error(int code, string description) =>
        new(
            code,
            JsonSerializer.Serialize(
                new
                {
                    ok = false,
                    error_code = code,
                    description,
                }
            )
        );
}

public sealed record ChatMessage(string Chat, string Text);
