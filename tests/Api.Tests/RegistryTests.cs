using System.Text.Json;

namespace IotOrleans.Tests;

/// <summary>Devices and rules as those who keep them see them: over HTTP, and as rows.</summary>
public sealed class RegistryTests(SharedHouse house)
{
    private readonly string _id = "device-" + Guid.NewGuid().ToString("N")[..8];

    [Fact]
    public async Task Every_member_of_a_device_comes_back_as_it_was_given_and_lies_in_a_row()
    {
        var key = await house.Register(
            _id,
            "doorphone",
            "+79163000011",
            """
            , "vendor": "acme", "endpoint": "sip:door@192.0.2.9", "external_id": "0x00158d", "name": "Front door",
            "room": "hall", "zone": "home", "metadata": {"floor": 1}, "reports_every_seconds": 86400
            """
        );
        var device = await house.Get("devices/" + _id);
        foreach (
            var (member, value) in new[]
            {
                ("type", "doorphone"),
                ("msisdn", "+79163000011"),
                ("vendor", "acme"),
                ("endpoint", "sip:door@192.0.2.9"),
                ("external_id", "0x00158d"),
                ("name", "Front door"),
                ("room", "hall"),
                ("zone", "home"),
            }
        )
            Assert.Equal(value, device.GetProperty(member).GetString());
        Assert.Equal(1, device.GetProperty("metadata").GetProperty("floor").GetInt32());
        Assert.Equal(86400, device.GetProperty("reports_every_seconds").GetInt32());
        Assert.False(device.TryGetProperty("api_key", out _));

        var row = await Row("type, msisdn, vendor, endpoint, credentials_hash", "devices", "device_id");
        Assert.Equal(["doorphone", "79163000011", "acme", "sip:door@192.0.2.9"], row[..4]);
        Assert.Equal(64, row[4].Length);
        Assert.DoesNotContain(key, row[4], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_is_made_once_changed_removed_and_its_events_stay()
    {
        var body = $$"""{"device_id": "{{_id}}", "type": "sensor_smoke"}""";
        var made = await house.Post("devices", body, 201);
        var again = await house.Post("devices", body, 200);
        Assert.False(again.TryGetProperty("api_key", out var second) && second.ValueKind == JsonValueKind.String);
        Assert.Equal(
            409,
            (
                await house.Ask(
                    HttpMethod.Post,
                    "devices",
                    body.Replace("sensor_smoke", "speaker", StringComparison.Ordinal)
                )
            ).Status
        );
        var key = made.GetProperty("api_key").GetString()!;
        Assert.Equal(202, (await house.Tell(key, _id, "smoke", "e-" + _id)).Status);
        Assert.Equal(200, (await house.Ask(HttpMethod.Patch, "devices/" + _id, """{"room": "attic"}""")).Status);
        Assert.Equal("attic", (await house.Get("devices/" + _id)).GetProperty("room").GetString());
        Assert.Equal(204, (await house.Ask(HttpMethod.Delete, "devices/" + _id)).Status);
        Assert.Equal(404, (await house.Ask(HttpMethod.Get, "devices/" + _id)).Status);
        Assert.Equal(401, (await house.Tell(key, _id, "smoke", "e-2")).Status);
        Assert.Equal(_id, (await house.Get($"event-logs/e-{_id}")).GetProperty("device_id").GetString());
    }

    [Fact]
    public async Task A_speaker_that_is_bound_later_rings_from_the_next_call_and_not_after_it_was_unbound()
    {
        const string Number = "+79163000022";
        await house.Register(_id, "speaker");
        Assert.Equal(404, (await house.Ask(HttpMethod.Get, "routing/" + Number)).Status);
        await house.Ask(HttpMethod.Patch, "devices/" + _id, $$"""{"msisdn": "{{Number}}"}""");
        Assert.Equal(200, (await house.Ask(HttpMethod.Get, "routing/" + Number)).Status);
        Assert.Equal(200, (await house.Ask(HttpMethod.Get, "routing/8 (916) 300-00-22")).Status);
        await house.Ask(HttpMethod.Patch, "devices/" + _id, """{"msisdn": null}""");
        Assert.Equal(404, (await house.Ask(HttpMethod.Get, "routing/" + Number)).Status);
    }

    [Fact]
    public async Task All_devices_of_a_number_are_shown_with_it()
    {
        const string Number = "+79163000033";
        foreach (var type in new[] { "speaker", "display", "sensor_smoke" })
            await house.Register($"{type}-{_id}", type, Number);
        await house.Ask(HttpMethod.Put, "subscribers/" + Number, """{"display_name": "Olga"}""");
        var devices = (await house.Get("subscribers/" + Number)).GetProperty("devices").EnumerateArray();
        Assert.Equal(3, devices.Count());
    }

    [Fact]
    public async Task A_rule_is_made_read_replaced_and_removed_and_lies_in_a_row()
    {
        await house.Register(_id, "sensor_smoke");
        await house.CallRule(_id, "smoke", $$"""{"device_id": "{{_id}}"}""", ["+79163000044"]);
        var row = await Row("event_type, device_id, rule::text", "rules", "rule_id");
        Assert.Equal(["smoke", _id], row[..2]);
        Assert.Contains("+79163000044", row[2], StringComparison.Ordinal);

        var changed = $$"""
            {"name": "n", "event_type": "leak", "scope": {"device_id": "{{_id}}"},
             "actions": [{"type": "webhook", "url": "https://a.example/x"}]}
            """;
        Assert.Equal(200, (await house.Ask(HttpMethod.Put, "rules/" + _id, changed)).Status);
        Assert.Equal("leak", (await house.Get("rules/" + _id)).GetProperty("event_type").GetString());
        Assert.Equal(204, (await house.Ask(HttpMethod.Delete, "rules/" + _id)).Status);
        Assert.Equal(404, (await house.Ask(HttpMethod.Get, "rules/" + _id)).Status);
    }

    [Fact]
    public async Task Every_accepted_event_is_in_the_log_once_also_when_many_come_at_once()
    {
        var key = await house.Register(_id, "sensor_smoke");
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 200).Select(number => house.Tell(key, _id, "button", $"e-{number / 2}"))
        );
        Assert.All(answers, answer => Assert.Equal(202, answer.Status));
        Assert.Equal(100, answers.Count(answer => answer.Body.GetProperty("status").GetString() == "accepted"));
        var (ids, next) = (new List<string>(), "");
        do
        {
            var page = await house.Get($"event-logs?device_id={_id}&event_type=button&limit=30{next}");
            ids.AddRange(
                page.GetProperty("items").EnumerateArray().Select(log => log.GetProperty("event_id").GetString()!)
            );
            next = page.GetProperty("next_cursor").GetString() is { } cursor ? "&cursor=" + cursor : "";
        } while (next.Length > 0);
        Assert.Equal(100, ids.Distinct().Count());
        Assert.Equal(100, ids.Count);
    }

    [Fact]
    public async Task Two_members_are_enough_for_an_event_and_the_answer_says_that_its_id_was_made()
    {
        var key = await house.Register(_id, "sensor_smoke");
        var (status, body) = await house.Ask(
            HttpMethod.Post,
            "events",
            $$"""{"device_id": "{{_id}}", "event_type": "smoke"}""",
            key
        );
        Assert.Equal(202, status);
        Assert.True(body.GetProperty("derived").GetBoolean());
    }

    private async Task<string[]> Row(string columns, string table, string id)
    {
        await using var command = house.Source.CreateCommand($"select {columns} from {table} where {id} = '{_id}'");
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        return [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)];
    }
}
