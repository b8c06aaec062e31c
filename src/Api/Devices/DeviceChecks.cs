using IotOrleans.Http;

namespace IotOrleans.Devices;

/// <summary>What a registration must be beyond its types.</summary>
public static class DeviceChecks
{
    private const int MetadataMax = 16 * 1024;

    private static readonly string[] Schemes =
    [
        "sip:",
        "sips:",
        "http:",
        "https:",
        "ws:",
        "wss:",
        "mqtt:",
        "mqtts:",
        "rtsp:",
    ];

    public static IResult? Problem(DeviceRegistration device)
    {
        var errors = new FieldErrors();
        errors.Unless(device.DeviceId.LineNumber is null, "device_id", "line: names the lines of numbers");
        errors.Range(device.ReportsEverySeconds ?? 10, 10, 2_592_000, "reports_every_seconds");
        errors.Line(device.Vendor, "vendor", 64);
        errors.Line(device.ExternalId, "external_id", 256);
        errors.Line(device.Name, "name", 128);
        errors.Line(device.Room, "room", 64);
        errors.Line(device.Zone, "zone", 64);
        errors.Line(device.Endpoint, "endpoint", 512);
        if (device.Endpoint is { } endpoint)
        {
            var known = Array.Exists(
                Schemes,
                scheme => endpoint.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)
            );
            errors.Unless(
                known && Uri.TryCreate(endpoint, UriKind.Absolute, out _),
                "endpoint",
                "must be a sip, http, ws, mqtt or rtsp address"
            );
        }
        if (device.Msisdn is { IsShort: true })
            errors.Add("msisdn", "is not a telephone number");
        if (device.Metadata is { } metadata)
        {
            errors.Unless(metadata.Text.Length <= MetadataMax, "metadata", $"may have {MetadataMax} characters");
            errors.Unless(metadata.Text.TrimStart().StartsWith('{'), "metadata", "must be an object");
            errors.Unless(
                !metadata.Text.Contains("\\u0000", StringComparison.Ordinal),
                "metadata",
                "holds a NUL character"
            );
        }
        return errors.Any ? Problems.Validation(errors) : null;
    }
}
