using IotOrleans.Access;
using IotOrleans.Devices;
using IotOrleans.Json;
using IotOrleans.Subscribers;
using IotOrleans.Tests;
using Microsoft.Extensions.Options;

namespace IotOrleans.Speakers.Tests;

/// <summary>What every adapter for a maker needs, and the devices and notices of the tests.</summary>
internal sealed class Line(TestDatabase database, TimeProvider clock) : IDisposable
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    public PostgresDeviceSecrets Secrets { get; } =
        new(database.Source, Options.Create(new SealingOptions { Key = Convert.ToBase64String(new byte[32]) }));

    public PatientHttp Http => new(_http, new() { PauseMilliseconds = 1, TrySeconds = 20 }, clock);

    public VendorLine To(string name, Uri address) => new(name, address, Http, clock);

    public Task Know(DeviceRegistration device, string secret) =>
        Secrets.Rotate(device.DeviceId, secret, TimeSpan.FromHours(1), clock.GetUtcNow(), default);

    public static DeviceRegistration Device(string vendor, string? external = null, string? metadata = null) =>
        new(
            new($"{vendor}-{Guid.NewGuid():N}"),
            DeviceType.Speaker,
            new Msisdn("79160000010"),
            vendor,
            ExternalId: external,
            Metadata: metadata is null ? null : new JsonText(metadata)
        );

    public static RingNotice Ring { get; } =
        new(new(Guid.NewGuid()), "+74951234567", "Grandma", new("79160000010"), 30, Noon, Noon.AddSeconds(30));

    public static AnnouncementNotice Alarm { get; } = new("a-1", "Smoke in the kitchen", "alarm", Noon.AddHours(1));

    public void Dispose() => _http.Dispose();
}
