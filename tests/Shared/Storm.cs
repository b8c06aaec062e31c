using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using IotOrleans.FreeSwitch.Simulator;
using Npgsql;

namespace IotOrleans.Tests;

internal delegate Task<(int Status, JsonElement Body)> Ask(HttpMethod method, string path, object? body, string? key);

/// <summary>
/// Many devices tell alarms at once, each again and again until it is accepted. Afterwards three books must agree: what
/// the devices were promised, the rows, and the switch's own ledger.
/// </summary>
internal sealed class Storm(Ask ask, NpgsqlDataSource database, params SwitchSimulator[] ledgers)
{
    private const int Devices = 24;
    private const int EventsOfEach = 12;

    // Of 50 ms each: a house on a busy machine takes its time to start.
    private const int AttemptsMax = 2_400;

    private readonly ConcurrentDictionary<string, string> _accepted = new();
    private string _key = "";
    private int _round;
    private int _told;
    private int _triesMost;
    private volatile bool _isHarmed;
    private readonly Lock _gate = new();
    private long _harmedAt;
    private (TimeSpan Took, string Tries) _slowest;

    /// <summary>Another name makes other events.</summary>
    public string Name { get; init; } = "e";

    public int Accepted => _accepted.Count;

    /// <summary>
    /// The longest that an event took after the harm, with all its repeats; and what each try was answered.
    /// </summary>
    public (TimeSpan Took, string Tries) Slowest
    {
        get
        {
            lock (_gate)
                return _slowest;
        }
    }

    public async Task Login()
    {
        var (_, made) = await ask(HttpMethod.Post, "api-keys", new { name = "storm", role = "hub" }, null);
        _key = made.GetProperty("key").GetString()!;
    }

    public async Task Prepare(string target)
    {
        await Login();
        for (var device = 0; device < Devices; device++)
        {
            var registration = new { device_id = $"smoke-{device}", type = "sensor_smoke" };
            await Make("devices", registration);
        }
        var rule = new
        {
            rule_id = "fire",
            name = "Fire",
            event_type = "smoke",
            scope = new { device_type = "sensor_smoke" },
            actions = new[]
            {
                new
                {
                    type = "call",
                    targets = new[] { target },
                    ring_seconds = 10,
                },
            },
        };
        await Make("rules", rule);
    }

    /// <summary>A machine that is busy with others refuses for a while what it may have done already.</summary>
    private async Task Make(string path, object body)
    {
        var (status, answer) = await ask(HttpMethod.Post, path, body, null);
        for (var attempt = 1; status == 503 && attempt < 20; attempt++)
            (status, answer) = await ask(HttpMethod.Post, path, body, null);
        Assert.True(status is 201 or 200, $"{path}: {status} {answer}");
    }

    /// <summary>How often one event was told at most.</summary>
    public int TriesMost => _triesMost;

    /// <summary>From here on only what is slow now counts.</summary>
    public void Forget()
    {
        lock (_gate)
            (_harmedAt, _slowest, _triesMost) = (0, default, 0);
    }

    /// <summary>
    /// Runs the storm, does the harm in its first third, and waits until every event is accepted. While the harm
    /// goes on
    /// it rains, an event a second of each device.
    /// </summary>
    public async Task Rage(Func<Task> harm)
    {
        var before = _accepted.Count;
        _round++;
        _isHarmed = false;
        var storm = Enumerable.Range(0, Devices).Select(device => Task.Run(() => Tell(device))).ToArray();
        while (_accepted.Count < before + (Devices * EventsOfEach / 3))
            await Task.Delay(5);
        Interlocked.Exchange(ref _harmedAt, Stopwatch.GetTimestamp());
        try
        {
            await harm();
        }
        finally
        {
            _isHarmed = true;
        }
        await Task.WhenAll(storm);
    }

    /// <summary>Every event was accepted, and what followed from it is over.</summary>
    public async Task Ended()
    {
        Assert.Equal(_told, _accepted.Count);
        foreach (var incident in _accepted.Values)
            await Ends(incident);
    }

    public async Task BooksAgree()
    {
        await Ended();
        Assert.Equal(_accepted.Count, await Count("events"));
        Assert.Equal(_accepted.Count, await Count("incidents"));
        Assert.Equal(await Count("calls"), await Count("cdrs"));
        var made = ledgers
            .SelectMany(ledger => ledger.Orders)
            .Where(order => order.Channel is not null)
            .GroupBy(order => order.Asked)
            .ToList();
        Assert.All(made, orders => Assert.Single(orders));
        // Somebody is called for every event, whatever became of the call.
        Assert.True(made.Count >= _accepted.Count, $"{made.Count} calls for {_accepted.Count} events");
    }

    private async Task Tell(int device)
    {
        for (var number = 0; number < EventsOfEach || !_isHarmed; number++)
        {
            if (number >= EventsOfEach)
                await Task.Delay(TimeSpan.FromSeconds(1));
            Interlocked.Increment(ref _told);
            var began = Stopwatch.GetTimestamp();
            var tries = await Tell(device, $"{Name}-{_round}-{device}-{number}");
            var took = Stopwatch.GetElapsedTime(began);
            lock (_gate)
            {
                _triesMost = Math.Max(_triesMost, tries.Count);
                if (Interlocked.Read(ref _harmedAt) > 0 && took > _slowest.Took)
                    _slowest = (took, string.Join(", ", tries));
            }
        }
    }

    private async Task<List<string>> Tell(int device, string id)
    {
        var body = new
        {
            event_id = id,
            device_id = $"smoke-{device}",
            event_type = "smoke",
        };
        var tries = new List<string>();
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            var began = Stopwatch.GetTimestamp();
            var (status, answer) = await Try(body);
            tries.Add($"{status} after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.00} s");
            if (status == 202)
            {
                _accepted[id] = answer.GetProperty("incidents")[0].GetString()!;
                return tries;
            }
            Assert.True(status is 503 or 0, $"{id} was answered {status}: {answer}");
            await Task.Delay(50);
        }
        Assert.Fail($"{id} was refused again and again");
        return tries;
    }

    private async Task<(int Status, JsonElement Body)> Try(object body)
    {
        try
        {
            return await ask(HttpMethod.Post, "events", body, _key);
        }
        catch (Exception trouble) when (trouble is HttpRequestException or TaskCanceledException)
        {
            // Nobody is there, or died in the middle: not accepted, as far as a device can know.
            return default;
        }
    }

    private async Task Ends(string incident)
    {
        var patience = Stopwatch.StartNew();
        while (true)
        {
            var (status, body) = await ask(HttpMethod.Get, "incidents/" + incident, null, null);
            if (status == 200 && body.GetProperty("status").GetString() != "running")
                return;
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(90), $"Incident {incident} is still {body}");
            await Task.Delay(100);
        }
    }

    private async Task<long> Count(string table)
    {
        await using var command = database.CreateCommand($"select count(*) from {table}");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
