using System.Collections.Concurrent;
using System.Text.Json;

namespace IotOrleans.Tests;

/// <summary>Devices that tell each event again and again until it is accepted, as devices do.</summary>
internal sealed class Tellers(Ask ask, Ledger ledger)
{
    private readonly ConcurrentDictionary<string, string> _open = new();
    private string _key = "";
    private int _refused;
    private int _accepted;

    /// <summary>What every event says beside what happened.</summary>
    public string Text { get; set; } = "";

    /// <summary>Events that were answered with 503.</summary>
    public int Refused => Volatile.Read(ref _refused);

    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>
    /// A smoke sensor that has people called until one presses 1, and a button that has one called who does not press.
    /// </summary>
    public async Task Prepare()
    {
        await Login();
        await Rule("smoke", "until_acknowledged", "+79161112200", "+79161112205");
        await Rule("button", "all", "+79161112204");
    }

    public async Task Login()
    {
        var (_, made) = await ask(HttpMethod.Post, "api-keys", new { name = "tellers", role = "hub" }, null);
        _key = made.GetProperty("key").GetString()!;
    }

    public bool HasMore => !_open.IsEmpty;

    public void Add(string eventType, string id) => _open[$"{eventType}-{id}"] = eventType;

    /// <summary>Tells what has not been accepted yet, once each.</summary>
    public async Task TellAll()
    {
        await Task.WhenAll(_open.Select(pair => Tell(pair.Key, pair.Value)));
        await Task.Delay(20);
    }

    /// <summary>Until all are accepted.</summary>
    public async Task AllAccepted()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!_open.IsEmpty)
        {
            patience.Token.ThrowIfCancellationRequested();
            await TellAll();
        }
    }

    private async Task Tell(string id, string eventType)
    {
        var (status, answer) = await Try(
            new
            {
                event_id = id,
                device_id = eventType + "-1",
                event_type = eventType,
                payload = new { text = Text },
            }
        );
        if (status == 202)
        {
            ledger.Accepted(id, answer.GetProperty("incidents")[0].GetGuid());
            _open.TryRemove(id, out _);
            Interlocked.Increment(ref _accepted);
            return;
        }
        if (status == 503)
            Interlocked.Increment(ref _refused);
        Assert.True(status is 503 or 0, $"{id} was answered {status}: {answer}");
    }

    private async Task<(int Status, JsonElement Body)> Try(object body)
    {
        try
        {
            return await ask(HttpMethod.Post, "events", body, _key);
        }
        catch (Exception trouble) when (trouble is HttpRequestException or TaskCanceledException or IOException)
        {
            // Nobody is there, or died in the middle: not accepted, as far as a device can know.
            return default;
        }
    }

    private async Task Rule(string eventType, string mode, params string[] targets)
    {
        var device = new { device_id = eventType + "-1", type = "other" };
        Assert.Equal(201, (await ask(HttpMethod.Post, "devices", device, null)).Status);
        var rule = new
        {
            rule_id = eventType,
            name = eventType,
            event_type = eventType,
            scope = new { device_id = eventType + "-1" },
            actions = new[]
            {
                new
                {
                    type = "call",
                    targets,
                    mode,
                    // Longer than anybody here waits: who was not told must not find out by this alone.
                    ring_seconds = 90,
                    message = new { text = "Something happens at home." },
                },
            },
        };
        var (status, body) = await ask(HttpMethod.Post, "rules", rule, null);
        Assert.True(status == 201, $"{status} {body}");
    }
}
