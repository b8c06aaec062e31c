using System.Text;
using System.Text.Json;
using IotOrleans.Actions;
using IotOrleans.Devices;
using IotOrleans.Hooks;
using IotOrleans.Tests;
using Microsoft.Extensions.Options;

namespace IotOrleans.Speakers.Tests;

/// <summary>TAS-17: a device that is told at an address of its own, and can tell that it was us.</summary>
public sealed class DeviceEndpointTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private Line _line = null!;
    private TestPeer _device = null!;
    private DeviceEndpoint _way = null!;
    private readonly string _secret = StandardWebhooks.NewSecret();

    public async ValueTask InitializeAsync()
    {
        _device = await TestPeer.Start();
        _line = new(database, TimeProvider.System);
        _way = new(_line.Http, _line.Secrets, Options.Create(new WebhookOptions()), TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        _line.Dispose();
        await _device.DisposeAsync();
    }

    [Fact]
    public async Task A_ring_is_posted_once_and_signed_with_the_devices_secret()
    {
        var device = await Known();

        Assert.Equal(new Delivery(true), await _way.Tell(device, Line.Ring, "m-1", default));

        var asked = Assert.Single(_device.At("/told"));
        Assert.True(IsSigned(asked, _secret));
        var body = JsonDocument.Parse(asked.Body).RootElement;
        Assert.Equal("call.incoming", body.GetProperty("type").GetString());
        Assert.Equal("+74951234567", body.GetProperty("data").GetProperty("caller").GetString());
    }

    [Fact]
    public async Task While_two_secrets_live_both_sign()
    {
        var device = await Known();
        var young = StandardWebhooks.NewSecret();
        await _line.Know(device, young);

        await _way.Tell(device, Line.Ring, "m-1", default);

        var asked = Assert.Single(_device.At("/told"));
        Assert.True(IsSigned(asked, _secret));
        Assert.True(IsSigned(asked, young));
        Assert.False(IsSigned(asked, StandardWebhooks.NewSecret()));
    }

    [Fact]
    public async Task A_device_that_stumbles_is_tried_again_under_the_same_name_and_a_no_is_a_no()
    {
        var device = await Known();
        _device.Answer = _ => new(_device.At("/told").Length < 3 ? 503 : 200);
        Assert.True((await _way.Tell(device, Line.Ring, "m-1", default)).Delivered);
        Assert.Equal(["m-1", "m-1", "m-1"], _device.At("/told").Select(asked => asked.Header("webhook-id")));

        _device.Answer = _ => new(410);
        Assert.Contains("410", (await _way.Tell(device, Line.Ring, "m-2", default)).Detail, StringComparison.Ordinal);
        _device.Answer = _ => new(302);
        Assert.False((await _way.Tell(device, Line.Ring, "m-3", default)).Delivered);
        Assert.Equal(5, _device.At("/told").Length);

        _device.Answer = _ => new(200, """{"ok": false, "detail": "the lock is jammed"}""");
        var jammed = await _way.Tell(device, new CommandNotice("c", "open_door", null), "m-4", default);
        Assert.Equal((false, "the device says no: the lock is jammed"), (jammed.Delivered, jammed.Detail));
    }

    [Fact]
    public async Task A_device_without_a_secret_is_not_told_what_it_could_not_believe()
    {
        var device = Line.Device("own") with { Endpoint = new Uri(_device.Address, "/told").AbsoluteUri };
        Assert.Contains(
            "no secret",
            (await _way.Tell(device, Line.Ring, "m-1", default)).Detail,
            StringComparison.Ordinal
        );
        Assert.Empty(_device.At("/told"));
    }

    [Fact]
    public async Task A_doorphone_with_a_SIP_address_takes_commands_where_its_metadata_says()
    {
        var url = new Uri(_device.Address, "/told").AbsoluteUri;
        var door = Line.Device("own", metadata: $$"""{"command_url": "{{url}}"}""") with { Endpoint = "sip:door@flat" };
        await _line.Know(door, _secret);
        Assert.True(_way.Serves(door));

        Assert.True((await _way.Tell(door, new CommandNotice("c", "open_door", null), "m-1", default)).Delivered);
        Assert.False((await _way.Tell(door, Line.Ring, "m-2", default)).Delivered);
        Assert.Single(_device.At("/told"));
    }

    private async Task<DeviceRegistration> Known()
    {
        var device = Line.Device("own") with { Endpoint = new Uri(_device.Address, "/told").AbsoluteUri };
        await _line.Know(device, _secret);
        return device;
    }

    private static bool IsSigned(Asked asked, string secret) =>
        StandardWebhooks.IsSigned(
            StandardWebhooks.Key(secret),
            asked.Header("webhook-id"),
            asked.Header("webhook-timestamp"),
            Encoding.UTF8.GetBytes(asked.Body),
            asked.Header("webhook-signature")
        ) && StandardWebhooks.IsTimely(asked.Header("webhook-timestamp"), TimeProvider.System.GetUtcNow(), out _);
}
