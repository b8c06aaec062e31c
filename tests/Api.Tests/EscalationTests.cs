using System.Text.Json;
using IotOrleans.Tests.Speakers;

namespace IotOrleans.Tests;

/// <summary>From smoke to somebody who knows, with everything that keeps false alarms from calling people.</summary>
public sealed class EscalationTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    private static int _next;

    private readonly string _id = Guid.NewGuid().ToString("N")[..8];
    private readonly string _flat = $"{Interlocked.Increment(ref _next):00}";

    private string Number => $"+7919000{_flat}11";

    private string Phone => $"+7919111{_flat}11";

    [Fact]
    public async Task A_ladder_goes_from_the_speaker_to_the_phones_until_one_presses_1()
    {
        var key = await Sensor("smoke");
        await Rule(
            $$"""
            "escalation": {"wait_seconds": 5, "repeats": 1},
            "actions": [{"type": "call", "targets": ["{{Phone[..^2]}}00"]},
                        {"type": "call", "targets": ["{{Phone[..^2]}}06"]},
                        {"type": "call", "targets": ["{{Phone[..^2]}}05"]}]
            """
        );
        var ended = await house.IncidentEnds(await Smoke(key, "smoke"));
        Assert.Equal("acknowledged", ended.GetProperty("status").GetString());
        Assert.Equal(Phone[..^2] + "05", ended.GetProperty("acknowledged_by").GetString());

        var id = ended.GetProperty("incident_id").GetString();
        var course = await house.Until(
            $"incidents/{id}/timeline",
            now => now.GetProperty("moments").EnumerateArray().Count(moment => What(moment) == "ended") == 3
        );
        string?[] moments = [.. course.GetProperty("moments").EnumerateArray().Select(What)];
        Assert.Equal("opened", moments[0]);
        Assert.Equal(3, moments.Count(what => what == "ordered"));
        Assert.Contains("acknowledged", moments);
    }

    private static string? What(JsonElement moment) => moment.GetProperty("what").GetString();

    [Fact]
    public async Task Reading_the_alarm_on_a_speaker_acknowledges_it()
    {
        var key = await Sensor("smoke");
        await using var kitchen = await Speaker();
        await Rule(
            $$"""
            "escalation": {"wait_seconds": 3600},
            "actions": [{"type": "notify_device", "all_of_subscriber": true, "text": "Smoke in {room}"},
                        {"type": "call", "targets": ["{{Phone}}"]}]
            """
        );
        var incident = await Smoke(key, "smoke");
        var alarm = await kitchen.Hears<Announcement>();
        Assert.Equal("alarm", alarm.Level);
        Assert.True((await kitchen.AckAnnouncement(alarm.AnnouncementId)).Ok);
        var ended = await house.IncidentEnds(incident);
        Assert.Equal("acknowledged", ended.GetProperty("status").GetString());
        Assert.Equal("kitchen-" + _id, ended.GetProperty("acknowledged_by").GetString());
        Assert.DoesNotContain(house.Switch.Orders, order => order.Number == Phone[1..]);
    }

    [Fact]
    public async Task A_false_alarm_is_called_off_at_home_before_anybody_is_called()
    {
        var key = await Sensor("smoke");
        await using var kitchen = await Speaker();
        await Rule($$""" "hold_seconds": 120, "actions": [{"type": "call", "targets": ["{{Phone}}"]}] """);
        var incident = await Smoke(key, "smoke");
        var warning = await kitchen.Hears<Announcement>();
        Assert.Contains("false alarm", warning.Text, StringComparison.Ordinal);
        Assert.True((await kitchen.AckAnnouncement(warning.AnnouncementId)).Ok);
        var ended = await house.IncidentEnds(incident);
        Assert.Equal("acknowledged", ended.GetProperty("status").GetString());
        Assert.DoesNotContain(house.Switch.Orders, order => order.Number == Phone[1..]);
    }

    [Fact]
    public async Task Ten_smoke_sensors_of_one_flat_are_one_incident()
    {
        string[] names = [.. Enumerable.Range(0, 10).Select(number => $"smoke{number}")];
        var keys = await Task.WhenAll(names.Select(Sensor));
        await Rule($$""" "correlate_seconds": 300, "actions": [{"type": "call", "targets": ["{{Phone}}"]}] """);
        var incidents = await Task.WhenAll(names.Zip(keys, (name, key) => Smoke(key, name)));
        var incident = Assert.Single(incidents.Distinct());
        var ended = await house.IncidentEnds(incident);
        Assert.Equal(9, ended.GetProperty("joined").GetArrayLength());
        Assert.Single(house.Switch.Orders, order => order.Number == Phone[1..]);
        Assert.Equal(9, (await Explained(names)).Count(outcome => outcome == "correlated"));
    }

    [Fact]
    public async Task What_happens_after_the_incident_has_ended_is_another_one()
    {
        var (first, second) = (await Sensor("smoke1"), await Sensor("smoke2"));
        await Rule($$""" "correlate_seconds": 300, "actions": [{"type": "call", "targets": ["{{Phone}}"]}] """);
        var one = await Smoke(first, "smoke1");
        await house.IncidentEnds(one);
        Assert.NotEqual(one, await Smoke(second, "smoke2"));
    }

    [Fact]
    public async Task In_test_only_the_owner_is_called_and_the_incident_is_marked()
    {
        var key = await Sensor("smoke");
        await Rule($$""" "actions": [{"type": "call", "targets": ["{{Phone}}"]}] """);
        var until = DateTimeOffset.UtcNow.AddHours(1).ToString("O");
        await house.Ask(HttpMethod.Put, "subscribers/" + Number, $$"""{"test_until": "{{until}}"}""");
        var ended = await house.IncidentEnds(await Smoke(key, "smoke"));
        Assert.True(ended.GetProperty("test").GetBoolean());
        Assert.Equal(Number, ended.GetProperty("attempts")[0].GetProperty("target").GetString());
        Assert.DoesNotContain(house.Switch.Orders, order => order.Number == Phone[1..]);
    }

    [Fact]
    public async Task A_silence_is_explained_and_ends_before_its_time_when_somebody_says_so()
    {
        var key = await Sensor("smoke");
        await Rule($$""" "actions": [{"type": "call", "targets": ["{{Phone}}"]}] """);
        var silence = await house.Post(
            $"subscribers/{Number}/silences",
            $$"""
            {"until": "{{DateTimeOffset.UtcNow.AddHours(1):O}}", "reason": "painters", "device_id": "smoke-{{_id}}",
             "life_safety": true}
            """,
            201
        );
        Assert.Empty(await Incidents(key, "smoke", "e-1"));
        var why = (await house.Get("event-logs/e-1-" + _id + "/explain")).ToString();
        Assert.Contains("silenced", why, StringComparison.Ordinal);
        Assert.Contains("painters", why, StringComparison.Ordinal);

        var path = $"subscribers/{Number}/silences/{silence.GetProperty("silence_id").GetString()}";
        Assert.Equal(204, (await house.Ask(HttpMethod.Delete, path)).Status);
        Assert.Single(await Incidents(key, "smoke", "e-2"));
    }

    [Theory]
    [InlineData("""{"until": "2020-01-01T00:00:00Z", "reason": "x"}""", "until")]
    [InlineData("""{"until": "2090-01-01T00:00:00Z", "reason": "x"}""", "until")]
    [InlineData("""{"until": "2090-01-01T00:00:00Z"}""", "reason")]
    public async Task A_silence_without_an_end_or_a_reason_is_refused(string body, string field)
    {
        var (status, problem) = await house.Ask(HttpMethod.Post, $"subscribers/{Number}/silences", body);
        Assert.Equal(422, status);
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _), problem.ToString());
    }

    private Task<string> Sensor(string name) =>
        house.Register($"{name}-{_id}", "sensor_smoke", Number, """, "room": "kitchen" """);

    private async Task<SpeakerClient> Speaker() =>
        await SpeakerClient.Connect(house.Address, await house.Register("kitchen-" + _id, "speaker", Number));

    private Task<JsonElement> Rule(string members) =>
        house.Post(
            "rules",
            $$"""{"name": "fire", "event_type": "smoke", "scope": {"msisdn": "{{Number}}"}, {{members}}}""",
            201
        );

    private async Task<string> Smoke(string key, string name) =>
        Assert.Single(await Incidents(key, name, "e-" + name))!;

    private async Task<string?[]> Incidents(string key, string name, string eventId)
    {
        var (status, body) = await house.Tell(key, $"{name}-{_id}", "smoke", $"{eventId}-{_id}");
        Assert.True(status == 202, body.ToString());
        return [.. body.GetProperty("incidents").EnumerateArray().Select(incident => incident.GetString())];
    }

    private async Task<IEnumerable<string?>> Explained(string[] names)
    {
        var all = await Task.WhenAll(names.Select(name => house.Get($"event-logs/e-{name}-{_id}/explain")));
        return all.Select(why =>
            why.GetProperty("explanation").GetProperty("rules")[0].GetProperty("outcome").GetString()
        );
    }
}
