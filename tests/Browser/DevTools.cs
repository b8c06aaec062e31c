using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IotOrleans.Tests.Browser;

/// <summary>
/// As much of the DevTools protocol as these tests speak: commands with answers, and events by session.
/// </summary>
public sealed class DevTools : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> _asked = new();
    private readonly ConcurrentDictionary<string, Action<string, JsonNode>> _listeners = new();
    private int _last;
    private Task _reading = Task.CompletedTask;

    public static async Task<DevTools> Connect(Uri address)
    {
        var tools = new DevTools();
        await tools._socket.ConnectAsync(address, default);
        tools._reading = tools.Read();
        return tools;
    }

    public void Listen(string session, Action<string, JsonNode> listener) => _listeners[session] = listener;

    /// <exception cref="InvalidOperationException">The browser refused; its words are in the message.</exception>
    public async Task<JsonNode> Ask(string method, object? parameters = null, string? session = null)
    {
        var id = Interlocked.Increment(ref _last);
        var answer = _asked[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var message = new Dictionary<string, object>
        {
            ["id"] = id,
            ["method"] = method,
            ["params"] = parameters ?? new { },
        };
        if (session is not null)
            message["sessionId"] = session;
        await _sending.WaitAsync();
        try
        {
            var bytes = JsonSerializer.SerializeToUtf8Bytes(message);
            await _socket.SendAsync(bytes, WebSocketMessageType.Text, true, default);
        }
        finally
        {
            _sending.Release();
        }
        return await answer.Task.WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _reading;
        _socket.Dispose();
        _sending.Dispose();
    }

    private async Task Read()
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                using var message = new MemoryStream();
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await _socket.ReceiveAsync(buffer.AsMemory(), default);
                    message.Write(buffer, 0, part.Count);
                } while (!part.EndOfMessage);
                if (part.MessageType == WebSocketMessageType.Close)
                    return;
                message.Position = 0;
                Take(JsonNode.Parse(message)!);
            }
        }
        catch (Exception trouble) when (trouble is WebSocketException or OperationCanceledException)
        {
            foreach (var asked in _asked.Values)
                asked.TrySetException(trouble);
        }
    }

    private void Take(JsonNode message)
    {
        if (message["id"] is { } id)
        {
            if (!_asked.TryRemove(id.GetValue<int>(), out var asked))
                return;
            if (message["error"] is { } error)
                asked.SetException(new InvalidOperationException(error.ToJsonString()));
            else
                asked.SetResult(message["result"]!);
            return;
        }
        if (
            message["sessionId"]?.GetValue<string>() is { } session
            && _listeners.TryGetValue(session, out var listener)
        )
            listener(message["method"]!.GetValue<string>(), message["params"]!);
    }
}
