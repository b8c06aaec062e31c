using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace IotOrleans.Tests.Speakers;

/// <summary>
/// A speaker on the real .NET SignalR client: says what a speaker may say, and waits for what it hears.
/// </summary>
public sealed class SpeakerClient : IAsyncDisposable
{
    public const string HubPath = "/hubs/speaker";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>A test that waits this long waits for something that does not come.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Dictionary<Type, Channel<Heard>> _heard = [];
    private readonly TaskCompletionSource<Exception?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SpeakerClient(Uri server, string? key)
    {
        var query = key is null ? "" : $"?access_token={Uri.EscapeDataString(key)}";
        var address = new UriBuilder(new Uri(server, HubPath + query)) { Scheme = "ws" }.Uri;
        var builder = new HubConnectionBuilder();
        builder.Services.AddSingleton<IConnectionFactory>(new SpeakerClientSocket());
        builder.Services.AddSingleton<EndPoint>(new UriEndPoint(address));
        Hub = builder.Build();
        On<IncomingCall>();
        On<CallAnswered>();
        On<CallEnded>();
        On<Message>();
        On<Announcement>();
        On<Command>();
        Hub.Closed += why =>
        {
            _closed.TrySetResult(why);
            return Task.CompletedTask;
        };
    }

    public HubConnection Hub { get; }

    /// <summary>Ends when the connection does, with the reason if there was one.</summary>
    public Task<Exception?> Closed => _closed.Task.WaitAsync(Patience);

    /// <summary>
    /// Called for each ring before anything else, on the thread that reads the socket; for measuring.
    /// </summary>
    public Action<IncomingCall>? Rings { get; set; }

    /// <summary>Returns when the hub has let the speaker in: from then on it is told everything.</summary>
    public static async Task<SpeakerClient> Connect(Uri server, string? key, CancellationToken cancellation = default)
    {
        var speaker = await Start(server, key, cancellation);
        // The start ends with the handshake, before the hub knows of it; the first call is heard after that.
        await speaker.AckMessage("");
        return speaker;
    }

    /// <summary>Returns with the handshake: the hub may still send the speaker away.</summary>
    public static async Task<SpeakerClient> Start(Uri server, string? key, CancellationToken cancellation = default)
    {
        var speaker = new SpeakerClient(server, key);
        await speaker.Hub.StartAsync(cancellation);
        return speaker;
    }

    /// <summary>The next of this kind, in the order in which they came.</summary>
    public async Task<T> Hears<T>() => (T)(await Next<T>()).Value;

    /// <summary>The next of this kind, exactly as it was written.</summary>
    public async Task<string> HearsText<T>() => (await Next<T>()).Text;

    /// <summary>How many of this kind came and were not asked for yet.</summary>
    public int Unasked<T>() => _heard[typeof(T)].Reader.Count;

    public Task<Reply> Answer(string callId) => Say("Answer", callId);

    public Task<Reply> Reject(string callId) => Say("Reject", callId);

    public Task<Reply> Hangup(string callId) => Say("Hangup", callId);

    public Task<Reply> Transfer(string callId, string target) => Say("Transfer", callId, target);

    public Task<Reply> OpenDoor(string callId) => Say("OpenDoor", callId);

    public Task<Reply> Ringing(string callId) => Say("Ringing", callId);

    public Task<Reply> AckMessage(string messageId) => Say("AckMessage", messageId);

    public Task<Reply> AckAnnouncement(string announcementId) => Say("AckAnnouncement", announcementId);

    public Task<Reply> CommandResult(string commandId, bool ok, string? detail) =>
        Say("CommandResult", commandId, ok, detail);

    public async Task<Reply> Say(string method, params object?[] values) =>
        (await SayText(method, values)).Deserialize<Reply>(Json)!;

    public Task<JsonElement> SayText(string method, params object?[] values) =>
        Hub.InvokeCoreAsync<JsonElement>(method, values).WaitAsync(Patience);

    public ValueTask DisposeAsync() => Hub.DisposeAsync();

    private Task<Heard> Next<T>() => _heard[typeof(T)].Reader.ReadAsync().AsTask().WaitAsync(Patience);

    private void On<T>()
    {
        var heard = _heard[typeof(T)] = Channel.CreateUnbounded<Heard>();
        Hub.On<JsonElement>(
            typeof(T).Name,
            said =>
            {
                var value = said.Deserialize<T>(Json)!;
                if (value is IncomingCall call)
                    Rings?.Invoke(call);
                heard.Writer.TryWrite(new(value, said.GetRawText()));
            }
        );
    }

    private sealed record Heard(object Value, string Text);
}

public sealed record Reply(bool Ok, string? Reason = null);

public sealed record IncomingCall(
    string CallId,
    string? Caller,
    string? CallerName,
    string Msisdn,
    int RingSeconds,
    DateTimeOffset StartedAt,
    Door? Door = null
);

public sealed record Door(string? SnapshotUrl, string? VideoUrl);

public sealed record CallAnswered(string CallId, string? ByDeviceId, bool ByMe);

public sealed record CallEnded(string CallId, string Cause);

public sealed record Message(string MessageId, string From, string Text, DateTimeOffset At);

public sealed record Announcement(string AnnouncementId, string Text, string Level, DateTimeOffset ExpiresAt);

public sealed record Command(
    string CommandId,
    [property: JsonPropertyName("command")] string Word,
    JsonElement? Arguments
);
