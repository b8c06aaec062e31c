using System.Text.Json;
using IotOrleans.Devices;
using IotOrleans.Tests;
using Microsoft.Extensions.Options;

namespace IotOrleans.Speakers.Tests;

/// <summary>Media players of a home, through the services of its Home Assistant.</summary>
public sealed class HomeAssistantTests : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private readonly Line _line;
    private TestPeer _home = null!;
    private HomeAssistant _speakers = null!;

    public HomeAssistantTests(TestDatabase database) => _line = new(database, _time);

    public async ValueTask InitializeAsync()
    {
        _home = await TestPeer.Start();
        _home.Answer = asked =>
            asked.Header("Authorization") == "Bearer a token of the home" ? new(200, "[]") : new(401);
        _speakers = new(
            _line.To("homeassistant", _home.Address),
            _line.Secrets,
            Options.Create(new HomeAssistantOptions()),
            _time
        );
    }

    public async ValueTask DisposeAsync()
    {
        _line.Dispose();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task A_ring_and_an_alarm_are_spoken_by_the_player()
    {
        var device = await Player("""{"tts_entity": "tts.piper"}""");
        Assert.True(_speakers.Serves(device));

        Assert.True((await _speakers.Tell(device, Line.Ring, "m-1", default)).Delivered);
        Assert.True((await _speakers.Tell(device, Line.Alarm, "m-2", default)).Delivered);

        var spoken = _home.At("/api/services/tts/speak").Select(asked => JsonDocument.Parse(asked.Body).RootElement);
        Assert.Equal(
            ["A call from Grandma.", "Smoke in the kitchen"],
            spoken.Select(said => said.GetProperty("message").GetString())
        );
        Assert.All(
            spoken,
            said =>
                Assert.Equal(
                    ("tts.piper", "media_player.kitchen"),
                    (said.GetProperty("entity_id").GetString(), said.GetProperty("media_player_entity_id").GetString())
                )
        );
    }

    [Fact]
    public async Task A_command_is_a_service_for_this_player_whatever_its_arguments_name()
    {
        var device = await Player();
        var louder = new CommandNotice(
            "c-1",
            "media_player.volume_set",
            new("""{"volume_level": 0.9, "entity_id": "lock.front_door", "area_id": "all"}""")
        );

        Assert.True((await _speakers.Tell(device, louder, "m-1", default)).Delivered);

        Assert.Equal(
            """{"volume_level":0.9,"entity_id":"media_player.kitchen"}""",
            Assert.Single(_home.At("/api/services/media_player/volume_set")).Body
        );
        foreach (var word in new[] { "open_door", "../api.x", "a.b.c", "a/b.c" })
            Assert.False(
                (await _speakers.Tell(device, new CommandNotice("c-2", word, null), "m-2", default)).Delivered
            );
    }

    [Fact]
    public async Task A_token_that_the_home_refuses_is_told()
    {
        var device = await Player();
        await _line.Know(device, "a token of another home");
        Assert.Contains(
            "401",
            (await _speakers.Tell(device, Line.Ring, "m-1", default)).Detail,
            StringComparison.Ordinal
        );
        Assert.Single(_home.At("/api/services/tts/speak"));
    }

    private async Task<DeviceRegistration> Player(string? metadata = null)
    {
        var device = Line.Device("homeassistant", "media_player.kitchen", metadata) with
        {
            Endpoint = _home.Address.AbsoluteUri,
        };
        await _line.Know(device, "a token of the home");
        _time.Advance(TimeSpan.FromSeconds(1));
        return device;
    }
}
