using System.Text.Json;
using IotOrleans.Masks;
using Npgsql;

namespace IotOrleans.Tests;

/// <summary>A house whose masks no other test touches, so that all of them can be counted.</summary>
public sealed class MaskFigureTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    [Fact]
    public async Task Masks_and_calls_are_counted_alike_by_the_page_the_metrics_and_the_database()
    {
        await house.Post("mask-pools", """{"name": "p", "from": "+78106000000", "to": "+78106000009"}""", 201);
        var reals = JsonSerializer.Serialize(Enumerable.Range(0, 10).Select(n => $"+7926500000{n}"));
        await house.Post("masks/generate", $$"""{"pool": "p", "reals": {{reals}}}""", 200);
        await Metric("iot_masks_active 10");

        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        (int, int, int, int)[] calls = [(1, 200, 2, 30), (1, 200, 4, 3), (2, 200, 9, 90), (3, 486, 20, 0)];
        foreach (var (shown, sip, rang, talked) in calls)
            await Report($"+7810600000{shown}", sip, now, talked, rang);
        await Report("+78106000009", 404, now, 0, unmapped: true);

        var figures = await house.Get("masks/figures");
        Assert.Equal(10, figures.GetProperty("active").GetInt64());
        Assert.Equal((5, 3), (Of(figures, "calls_today"), Of(figures, "answered_today")));
        Assert.Equal(5, figures.GetProperty("answer_seconds").GetDouble());
        var today = figures.GetProperty("today");
        Assert.Equal((3, 1, 1), (Of(today, "answered"), Of(today, "busy"), Of(today, "unmapped")));
        Assert.Equal(0.75, today.GetProperty("forwarded_share").GetDouble());
        var day = figures.GetProperty("days").EnumerateArray().Last();
        Assert.Equal((5, 3, 99), (Of(day, "calls"), Of(day, "answered"), Of(day, "longest_seconds")));
        var busiest = figures.GetProperty("busiest")[0];
        Assert.Equal(("+78106000001", 2), (busiest.GetProperty("shown").GetString(), Of(busiest, "calls")));

        await Metric("iot_mask_calls_today{status=\"answered\"} 3");
        await Metric("iot_mask_calls_today{status=\"busy\"} 1");
        await Metric("iot_mask_calls_today{status=\"unmapped\"} 1");
        await Metric("iot_mask_forwarded_share 0.75");
        await using var source = NpgsqlDataSource.Create(house.ConnectionString);
        await using var count = source.CreateCommand("select count(*)::int from mask_calls");
        Assert.Equal(5, await count.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Answer_times_by_route_and_what_the_process_uses_are_among_the_figures()
    {
        await house.Get("masks/figures");
        await house.Get("masks?limit=1");
        var metrics = await house.Http.GetStringAsync("/metrics");
        var histogram = metrics
            .Split('\n')
            .Where(line => line.StartsWith("http_server_request_duration_seconds_bucket"));
        Assert.Contains(histogram, line => line.Contains("http_route=\"/api/v1/masks/figures\""));
        Assert.Contains(histogram, line => line.Contains("http_route=\"/api/v1/masks/\""));
        Assert.Contains("dotnet_process_cpu_time_seconds", metrics, StringComparison.Ordinal);
        Assert.Contains("dotnet_process_memory_working_set_bytes", metrics, StringComparison.Ordinal);
        Assert.Contains("db_client_connection", metrics, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("USER_BUSY", false, MaskedCallStatus.Busy)]
    [InlineData("NO_ANSWER", false, MaskedCallStatus.NoAnswer)]
    [InlineData("NO_USER_RESPONSE", false, MaskedCallStatus.NoAnswer)]
    [InlineData("ORIGINATOR_CANCEL", false, MaskedCallStatus.NoAnswer)]
    [InlineData("CALL_REJECTED", false, MaskedCallStatus.Failed)]
    [InlineData("LOST", false, MaskedCallStatus.Failed)]
    [InlineData("UNMAPPED", false, MaskedCallStatus.Unmapped)]
    [InlineData("NORMAL_CLEARING", true, MaskedCallStatus.Answered)]
    [InlineData("LOST", true, MaskedCallStatus.Answered)]
    public void A_cause_is_one_of_five_words(string cause, bool wasAnswered, MaskedCallStatus status) =>
        Assert.Equal(status, MaskedCallStatuses.Of(cause, wasAnswered));

    private async Task Report(string shown, int sip, long now, int talked, int rang = 0, bool unmapped = false)
    {
        var name = Guid.NewGuid().ToString("N");
        var made = await house.Post("api-keys", $$"""{"name": "{{name}}", "role": "telephony"}""", 201);
        var body = JsonSerializer.Serialize(
            new
            {
                call_id = name,
                shown,
                sip_status = sip,
                started = now,
                answered = talked > 0 ? now + rang : (long?)null,
                ended = now + rang + talked,
                unmapped,
            }
        );
        var (status, problem) = await house.Ask(
            HttpMethod.Post,
            "masks/calls",
            body,
            made.GetProperty("key").GetString()
        );
        Assert.True(status == 201, $"{status}: {problem}");
    }

    private async Task Metric(string line)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (!(await house.Http.GetStringAsync("/metrics", late.Token)).Split('\n').Contains(line))
            await Task.Delay(50, late.Token);
    }

    private static int Of(JsonElement json, string member) => json.GetProperty(member).GetInt32();
}
