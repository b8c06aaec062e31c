using System.Security.Cryptography;
using IotOrleans.Access;
using IotOrleans.Hooks;
using IotOrleans.Tests;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IotOrleans.Postgres;

/// <summary>What is kept of hubs, by several processes on one database.</summary>
public sealed class HubTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    private static readonly Devices.DeviceId Hub = new("hub-1");

    private readonly NpgsqlDataSource _other = NpgsqlDataSource.Create(database.ConnectionString);
    private readonly PostgresHubs _hubs = new(database.Source);
    private readonly PostgresDeviceSecrets _secrets = new(database.Source, Options.Create(new SealingOptions()));

    public async ValueTask InitializeAsync()
    {
        await using var empty = database.Source.CreateCommand(
            "truncate hook_nonces, device_secrets, hubs, hook_refusals"
        );
        await empty.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => _other.DisposeAsync();

    [Fact]
    public async Task A_message_is_taken_by_one_of_two_processes_once()
    {
        var elsewhere = new PostgresHubs(_other);
        var nonce = RandomNumberGenerator.GetBytes(32);

        var taken = await Task.WhenAll(
            Enumerable
                .Range(0, 40)
                .Select(turn => (turn % 2 == 0 ? _hubs : elsewhere).Take(Hub, nonce, Noon.AddMinutes(6), Noon, default))
        );

        Assert.Single(taken, was => was);
        Assert.True(await elsewhere.Take(new("hub-2"), nonce, Noon.AddMinutes(6), Noon, default));
        await _hubs.GiveBack(Hub, nonce, default);
        Assert.True(await elsewhere.Take(Hub, nonce, Noon.AddMinutes(6), Noon, default));
    }

    [Fact]
    public async Task What_is_over_is_forgotten_by_those_that_follow()
    {
        for (var minute = 0; minute < 60; minute++)
        {
            var now = Noon.AddMinutes(minute);
            for (var turn = 0; turn < 5; turn++)
                await _hubs.Take(Hub, RandomNumberGenerator.GetBytes(32), now.AddMinutes(6), now, default);
        }

        Assert.InRange(await Count("hook_nonces"), 5, 7 * 5);
    }

    [Fact]
    public async Task However_often_a_secret_changes_a_few_live_and_those_that_rotate_at_once_leave_one_for_ever()
    {
        for (var turn = 0; turn < 8; turn++)
            await Rotate(_secrets, $"secret number {turn}", Noon.AddSeconds(turn));
        var living = await _secrets.Living(Hub, Noon.AddMinutes(1), default);
        Assert.Equal(5, living.Length);
        Assert.Equal("secret number 7", living[0].Text);

        var elsewhere = new PostgresDeviceSecrets(_other, Options.Create(new SealingOptions()));
        await Task.WhenAll(
            Enumerable
                .Range(0, 10)
                .Select(turn => Rotate(turn % 2 == 0 ? _secrets : elsewhere, $"at once {turn}", Noon.AddMinutes(2)))
        );
        var after = await elsewhere.Living(Hub, Noon.AddHours(3), default);
        Assert.Single(after, secret => secret.Record.ExpiresAt is null);
        Assert.Single(after);
    }

    [Fact]
    public async Task A_box_opens_for_its_own_device_only()
    {
        await Rotate(_secrets, "a secret of hub-1", Noon);
        await using var steal = database.Source.CreateCommand("update device_secrets set device_id = 'hub-2'");
        await steal.ExecuteNonQueryAsync();

        await Assert.ThrowsAnyAsync<CryptographicException>(() => _secrets.Living(new("hub-2"), Noon, default));
    }

    [Fact]
    public async Task Of_what_was_not_understood_the_newest_is_kept()
    {
        for (var turn = 0; turn < 30; turn++)
            await _hubs.Refuse(Hub, new(Noon.AddSeconds(turn), "why", $"message {turn}"), default);

        var kept = await _hubs.Refusals(Hub, default);

        Assert.Equal(HookRefusal.KeptMax, kept.Length);
        Assert.Equal("message 29", kept[0].Message);
        Assert.Equal(HookRefusal.KeptMax, await Count("hook_refusals"));
    }

    private static Task<SecretRecord> Rotate(PostgresDeviceSecrets secrets, string text, DateTimeOffset now) =>
        secrets.Rotate(Hub, text, TimeSpan.FromHours(1), now, default);

    private async Task<long> Count(string table)
    {
        await using var command = database.Source.CreateCommand($"select count(*) from {table}");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
