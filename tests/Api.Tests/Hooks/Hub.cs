using System.Globalization;
using System.Text;
using System.Text.Json;
using IotOrleans.Hooks;

namespace IotOrleans.Tests.Hooks;

/// <summary>A hub of some maker in a flat of its own, with what it tells of.</summary>
internal sealed class Hub(WholeHouse house, string vendor)
{
    private static int _flats;

    public string Id { get; } = $"hub-{Guid.NewGuid():N}"[..12];

    public string Number { get; } = $"+7917{Interlocked.Increment(ref _flats):000}0011";

    public string Key { get; private set; } = "";

    public string Secret { get; private set; } = "";

    public static async Task<Hub> Of(WholeHouse house, string vendor, string more = "")
    {
        var hub = new Hub(house, vendor);
        hub.Key = await house.Register(hub.Id, "hub", hub.Number);
        hub.Secret = (await house.Post($"hubs/{hub.Id}/secret", "{}", 200)).GetProperty("secret").GetString()!;
        await hub.Settle(more);
        return hub;
    }

    public async Task Settle(string more)
    {
        var (status, body) = await house.Ask(HttpMethod.Put, $"hubs/{Id}", $$"""{"vendor": "{{vendor}}"{{more}}}""");
        Assert.True(status == 200, body.ToString());
    }

    /// <summary>A device of the same flat that the maker knows as <paramref name="external"/>.</summary>
    public async Task<string> Device(string type, string external)
    {
        var id = $"{type}-{Guid.NewGuid():N}"[..20];
        await house.Register(id, type, Number, $", \"external_id\": {JsonSerializer.Serialize(external)}");
        return id;
    }

    /// <summary>A rule that tells the speakers, for every event of this type in the flat.</summary>
    public Task<JsonElement> Rule(string eventType) =>
        house.Post(
            "rules",
            $$"""
            {"name": "{{eventType}}", "event_type": "{{eventType}}", "scope": {"msisdn": "{{Number}}"},
             "actions": [{"type": "notify_device", "all_of_subscriber": true, "text": "{event_type}"}]}
            """,
            201
        );

    /// <summary>With the hub's key, as makers do who cannot sign.</summary>
    public Task<(int Status, JsonElement Body)> Tell(string json, string? key = null) =>
        house.Ask(HttpMethod.Post, $"hooks/{vendor}/{Id}", json, key ?? Key);

    public Task<(int Status, JsonElement Body)> TellSigned(
        string json,
        string? secret = null,
        string id = "msg_1",
        long? timestamp = null,
        string? hub = null,
        string? sent = null
    )
    {
        var time = (timestamp ?? TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()).ToString(
            CultureInfo.InvariantCulture
        );
        var signature = StandardWebhooks.Sign(
            StandardWebhooks.Key(secret ?? Secret),
            id,
            time,
            Encoding.UTF8.GetBytes(json)
        );
        return Send(
            hub ?? Id,
            sent ?? json,
            ("webhook-id", id),
            ("webhook-timestamp", time),
            ("webhook-signature", signature)
        );
    }

    public async Task<(int Status, JsonElement Body)> Send(
        string hub,
        string json,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/hooks/{vendor}/{hub}")
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await house.Http.SendAsync(request);
        return (
            (int)answer.StatusCode,
            JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync())
        );
    }

    /// <summary>How many events are stored of a device.</summary>
    public async Task<int> Stored(string device) =>
        (await house.Get($"event-logs?device_id={device}")).GetProperty("items").GetArrayLength();
}
