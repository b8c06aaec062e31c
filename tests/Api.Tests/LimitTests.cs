namespace IotOrleans.Tests;

/// <summary>More than can be done at once: what is refused, what waits, and who goes first.</summary>
public sealed class LimitTests(NarrowHouse house) : IClassFixture<NarrowHouse>
{
    [Fact]
    public async Task A_noisy_device_is_slowed_down_and_starves_neither_another_nor_its_own_alarm()
    {
        var noisy = await house.Register("noisy", "sensor_smoke");
        var calm = await house.Register("calm", "sensor_smoke");
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 60).Select(number => house.Tell(noisy, "noisy", "button", $"e-{number}"))
        );
        Assert.Contains(answers, answer => answer.Status == 202);
        Assert.Contains(answers, answer => answer.Status == 429);
        Assert.Equal(202, (await house.Tell(calm, "calm", "button", "e-1")).Status);
        Assert.Equal(202, (await house.Tell(noisy, "noisy", "smoke", "fire")).Status);

        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/events")
        {
            Content = new StringContent(
                """{"event_id": "x", "device_id": "noisy", "event_type": "button"}""",
                null,
                "application/json"
            ),
        };
        request.Headers.Add("X-Api-Key", noisy);
        using var refused = await house.Http.SendAsync(request);
        Assert.Equal(429, (int)refused.StatusCode);
        Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
    }

    [Fact]
    public async Task A_burst_is_taken_at_once_and_called_one_after_another_the_fire_first()
    {
        var devices = Enumerable.Range(0, 20).Select(number => $"bell-{number}").ToArray();
        var keys = await Task.WhenAll(devices.Select(device => house.Register(device, "doorphone")));
        await house.Post("rules", Rule("doorbell", "doorphone", "+79164100011"), 201);
        await house.Post("rules", Rule("smoke", "sensor_smoke", "+79164100012"), 201);
        var fire = await house.Register("fire", "sensor_smoke");
        var answers = await Task.WhenAll(devices.Zip(keys, (device, key) => house.Tell(key, device, "doorbell", "e")));
        Assert.All(answers, answer => Assert.Equal(202, answer.Status));
        var (_, burning) = await house.Tell(fire, "fire", "smoke", "e");
        foreach (var body in answers.Select(answer => answer.Body).Append(burning))
            await house.IncidentEnds(body.GetProperty("incidents")[0].GetString()!);

        string[] order = [.. house.Switch.Orders.Select(one => one.Number)];
        Assert.Equal(20, order.Count(number => number == "79164100011"));
        Assert.Equal(1, order.Count(number => number == "79164100012"));
        // At most what was in hand when it came went before it.
        Assert.InRange(Array.IndexOf(order, "79164100012"), 0, 18);
        Assert.Equal("79164100011", order[^1]);
    }

    private static string Rule(string eventType, string type, string number) =>
        $$"""
            {"name": "{{eventType}}", "event_type": "{{eventType}}", "scope": {"device_type": "{{type}}"},
             "actions": [{"type": "call", "targets": ["{{number}}"]}]}
            """;
}

/// <summary>A switch that takes ten calls a second, and devices that may say little.</summary>
public sealed class NarrowHouse : WholeHouse
{
    protected override string[] More =>
        ["--MediaServer:CallsPerSecond=10", "--RateLimits:DeviceBurst=20", "--RateLimits:DeviceEventsPerSecond=1"];
}
