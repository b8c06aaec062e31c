using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace IotOrleans.Tests.Gateways;

/// <summary>A house and the real RabbitMQ.</summary>
public sealed class QueueHouse : WholeHouse
{
    internal Broker Broker { get; } = new();

    protected override string[] More => [$"--Queue:Uri={Broker.Uri}", "--Queue:Prefetch=16"];

    public override async ValueTask InitializeAsync()
    {
        Broker.Need();
        await Broker.Start();
        await base.InitializeAsync();
        await Until("/health/ready", now => StatusOf(now) == "up");
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Broker.DisposeAsync();
    }

    public static string? StatusOf(JsonElement ready) =>
        ready.GetProperty("parts").GetProperty("queue").GetProperty("status").GetString();
}

/// <summary>Events come in over an operator's RabbitMQ and what happened goes out, over its restart too.</summary>
public sealed class QueueTests(QueueHouse house) : IClassFixture<QueueHouse>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _id = Guid.NewGuid().ToString("N")[..8];

    [Fact]
    public async Task Events_of_a_queue_are_taken_once_and_what_is_no_event_is_put_aside_with_the_reason()
    {
        await house.Register("button-" + _id, "other", "+79350000001");
        await using var connection = await Connect();
        await using var channel = await connection.CreateChannelAsync();
        for (var again = 0; again < 3; again++)
        {
            foreach (var number in Enumerable.Range(0, 10))
                await Publish(channel, Event(number), $"m-{number}");
        }
        await Publish(channel, "{\"device_id\": 7}", "poison-" + _id);
        await Publish(channel, Event(1).Replace("button-" + _id, "nobody", StringComparison.Ordinal), "lost-" + _id);
        await Publish(channel, NoId(), "named-" + _id);

        await house.Until("event-logs/named-" + _id, _ => true, notYet: 404);
        await house.Until($"event-logs?device_id=button-{_id}&limit=100", page => Count(page) == 11);
        var dead = new Dictionary<string, string>(StringComparer.Ordinal);
        while (dead.Count < 2)
        {
            if (await channel.BasicGetAsync("iot.events.dead", autoAck: true) is { } letter)
                dead[letter.BasicProperties.MessageId!] = Reason(letter.BasicProperties);
        }
        Assert.Contains("device_id", dead["poison-" + _id], StringComparison.Ordinal);
        Assert.Equal("no such device", dead["lost-" + _id]);
        Assert.Equal(0u, await channel.MessageCountAsync("iot.events"));
    }

    [Fact]
    public async Task What_happened_goes_out_and_nothing_is_missing_after_the_broker_was_killed_in_the_middle()
    {
        var key = await house.Register("button-" + _id, "other", "+79350000002");
        var heard = new ConcurrentDictionary<string, string>();
        await using (var connection = await Connect())
        {
            await using var channel = await Listen(connection, heard);
            await house.Post("calls", """{"to": "+79165550700", "message": {"text": "test"} }""", 202);
            await Press(key, 0);
            await Until(() =>
                heard.ContainsKey(EventName(0))
                && heard.Keys.Any(one => one.StartsWith("cdr.closed", StringComparison.Ordinal))
            );
        }
        await house.Broker.Down();
        await house.Until("/health/ready", now => QueueHouse.StatusOf(now) == "down");
        for (var number = 1; number < 20; number++)
            await Press(key, number);
        await house.Broker.Up();
        await house.Until("/health/ready", now => QueueHouse.StatusOf(now) == "up");

        await using var again = await Connect();
        await using var more = await Listen(again, heard);
        await Publish(more, Event(20), "after-" + _id);
        await Until(() => Enumerable.Range(0, 21).All(number => heard.ContainsKey(EventName(number))));
        Assert.DoesNotContain(heard.Keys, name => name.EndsWith("another id", StringComparison.Ordinal));
        Assert.Equal(heard.Count, heard.Values.Distinct().Count());
    }

    private async Task<IConnection> Connect() =>
        await new ConnectionFactory
        {
            Uri = house.Broker.Uri,
            AutomaticRecoveryEnabled = false,
        }.CreateConnectionAsync();

    /// <param name="heard">What was told, and its message id.</param>
    private static async Task<IChannel> Listen(IConnection connection, ConcurrentDictionary<string, string> heard)
    {
        var channel = await connection.CreateChannelAsync();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, told) =>
        {
            var data = JsonSerializer.Deserialize<JsonElement>(told.Body.Span).GetProperty("data");
            var what = data.TryGetProperty("event_id", out var id) ? id.GetString() : "";
            if (data.TryGetProperty("call_id", out var call))
                what = call.GetString();
            var name = $"{told.RoutingKey} {what}";
            // Told again it bears the same id; another one would be a second entry.
            if (heard.GetOrAdd(name, told.BasicProperties.MessageId!) != told.BasicProperties.MessageId)
                heard[name + " under another id"] = told.BasicProperties.MessageId!;
            await channel.BasicAckAsync(told.DeliveryTag, multiple: false);
        };
        await channel.BasicConsumeAsync("iot.results", autoAck: false, consumer);
        return channel;
    }

    private static async Task Publish(IChannel channel, string body, string messageId) =>
        await channel.BasicPublishAsync(
            "",
            "iot.events",
            mandatory: true,
            new BasicProperties { MessageId = messageId, Persistent = true },
            Encoding.UTF8.GetBytes(body)
        );

    private string Event(int number) =>
        $$"""{"event_id": "{{_id}}-{{number}}", "device_id": "button-{{_id}}", "event_type": "button"}""";

    private string NoId() => $$"""{"device_id": "button-{{_id}}", "event_type": "button"}""";

    private string EventName(int number) => $"event.button {_id}-{number}";

    private async Task Press(string key, int number) =>
        Assert.Equal(202, (await house.Tell(key, "button-" + _id, "button", $"{_id}-{number}")).Status);

    private static int Count(JsonElement page) => page.GetProperty("items").GetArrayLength();

    private static string Reason(IReadOnlyBasicProperties properties) =>
        Encoding.UTF8.GetString((byte[])properties.Headers!["x-reason"]!);

    private static async Task Until(Func<bool> holds)
    {
        using var late = new CancellationTokenSource(Patience);
        while (!holds())
            await Task.Delay(20, late.Token);
    }
}
