using System.Text.Json;
using IotOrleans.Access;
using Npgsql;

namespace IotOrleans.Tests;

/// <summary>A device is given a new key without a message lost.</summary>
public sealed class DeviceKeyTests(SharedHouse house)
{
    private readonly string _device = "smoke-" + Guid.NewGuid().ToString("N")[..8];

    [Fact]
    public async Task Both_keys_are_believed_while_they_overlap_and_each_use_is_shown()
    {
        var old = await house.Register(_device, "sensor_smoke");
        var fresh = await Rotate("""{"overlap_seconds": 3600}""");
        Assert.Equal(202, (await house.Tell(old, _device, "smoke", "e-1")).Status);
        var before = await house.Get($"devices/{_device}/api-keys");
        Assert.False(before.GetProperty("old_may_go").GetBoolean());
        Assert.Equal([true, false], before.GetProperty("keys").EnumerateArray().Select(IsCurrent));
        Assert.Equal([false, true], before.GetProperty("keys").EnumerateArray().Select(WasUsed));

        Assert.Equal(202, (await house.Tell(fresh, _device, "smoke", "e-2")).Status);
        var after = await house.Get($"devices/{_device}/api-keys");
        Assert.True(after.GetProperty("old_may_go").GetBoolean(), after.ToString());

        Assert.Equal(204, (await Ask(HttpMethod.Delete, "api-key/old")).Status);
        Assert.Equal(401, (await house.Tell(old, _device, "smoke", "e-3")).Status);
        Assert.Equal(202, (await house.Tell(fresh, _device, "smoke", "e-3")).Status);
        Assert.Equal(404, (await Ask(HttpMethod.Delete, "api-key/old")).Status);
    }

    [Fact]
    public async Task Who_asks_while_a_use_is_being_written_down_is_told_of_it()
    {
        var old = await house.Register(_device, "sensor_smoke");
        await Rotate("""{"overlap_seconds": 3600}""");
        await using var slow = await house.Source.OpenConnectionAsync();
        await using var writing = await slow.BeginTransactionAsync();
        await using var command = new NpgsqlCommand(
            "insert into key_uses values ($1, $2, now() - interval '1 day')",
            slow
        );
        command.Parameters.AddWithValue(KeyRing.HashOf(old));
        command.Parameters.AddWithValue(_device);
        await command.ExecuteNonQueryAsync();
        Assert.Equal(202, (await house.Tell(old, _device, "smoke", "e-1")).Status);

        var first = house.Get($"devices/{_device}/api-keys");
        await house.UntilSomebodyWaits();
        var second = house.Get($"devices/{_device}/api-keys");
        await Task.WhenAny(second, house.Get("devices"));
        await writing.CommitAsync();
        foreach (var answer in await Task.WhenAll(first, second))
        {
            var used = answer.GetProperty("keys")[1].GetProperty("last_used_at").GetDateTimeOffset();
            Assert.InRange(used, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        }
    }

    [Fact]
    public async Task Without_an_overlap_the_old_key_is_dead_at_once()
    {
        var old = await house.Register(_device, "sensor_smoke");
        var fresh = await Rotate(null);
        Assert.Equal(401, (await house.Tell(old, _device, "smoke", "e-1")).Status);
        Assert.Equal(202, (await house.Tell(fresh, _device, "smoke", "e-1")).Status);
    }

    [Fact]
    public async Task An_old_key_ends_when_its_time_is_over()
    {
        var old = await house.Register(_device, "sensor_smoke");
        await Rotate("""{"overlap_seconds": 3600}""");
        await using var command = house.Source.CreateCommand(
            $"update devices set old_credentials_until = now() - interval '1 second' where device_id = '{_device}'"
        );
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
        Assert.Equal(401, (await house.Tell(old, _device, "smoke", "e-1")).Status);
    }

    [Fact]
    public async Task A_third_key_ends_the_first()
    {
        var first = await house.Register(_device, "sensor_smoke");
        var second = await Rotate("""{"overlap_seconds": 3600}""");
        var third = await Rotate("""{"overlap_seconds": 3600}""");
        Assert.Equal(401, (await house.Tell(first, _device, "smoke", "e-1")).Status);
        Assert.Equal(202, (await house.Tell(second, _device, "smoke", "e-2")).Status);
        Assert.Equal(202, (await house.Tell(third, _device, "smoke", "e-3")).Status);
    }

    [Fact]
    public async Task No_key_is_in_the_database()
    {
        var key = await house.Register(_device, "sensor_smoke");
        var fresh = await Rotate("""{"overlap_seconds": 3600}""");
        await using var command = house.Source.CreateCommand(
            $"select d::text || (select payload::text from grain_state where key_text = 'd:{_device}' limit 1) "
                + $"from devices d where device_id = '{_device}'"
        );
        var row = (string)(await command.ExecuteScalarAsync())!;
        Assert.DoesNotContain(key, row, StringComparison.Ordinal);
        Assert.DoesNotContain(fresh, row, StringComparison.Ordinal);
    }

    private async Task<string> Rotate(string? body)
    {
        var (status, answer) = await house.Ask(HttpMethod.Post, $"devices/{_device}/api-key", body);
        Assert.True(status == 200, answer.ToString());
        return answer.GetProperty("api_key").GetString()!;
    }

    private Task<(int Status, JsonElement Body)> Ask(HttpMethod method, string path) =>
        house.Ask(method, $"devices/{_device}/{path}");

    private static bool IsCurrent(JsonElement key) => key.GetProperty("current").GetBoolean();

    private static bool WasUsed(JsonElement key) =>
        key.TryGetProperty("last_used_at", out var used) && used.ValueKind == JsonValueKind.String;
}
