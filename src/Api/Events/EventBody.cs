using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using IotOrleans.Devices;
using IotOrleans.Http;
using IotOrleans.Json;

namespace IotOrleans.Events;

/// <summary>A fact as a device or hub sends it.</summary>
/// <param name="EventId">
/// Names the fact, so that a repeat is harmless. Without it one is derived, and true repeats within ten seconds fold.
/// </param>
public sealed record EventBody(
    DeviceId DeviceId,
    string EventType,
    string? EventId = null,
    DateTimeOffset? OccurredAt = null,
    JsonText? Payload = null
)
{
    private const int BucketSeconds = 10;

    private static readonly TimeSpan FutureMax = TimeSpan.FromDays(1);

    public void Check(FieldErrors errors, string under = "")
    {
        errors.Unless(EventTypes.IsWord(EventType), under + "event_type", "must be one lower-case word");
        errors.Line(EventId, under + "event_id", DeviceEvent.EventIdLengthMax);
        if (Payload is not { } payload)
            return;
        errors.Unless(payload.Text.AsSpan().TrimStart().StartsWith("{"), under + "payload", "must be an object");
        errors.Unless(
            !payload.Text.Contains("\\u0000", StringComparison.Ordinal),
            under + "payload",
            "holds a NUL character"
        );
    }

    public DeviceEvent ToEvent(DateTimeOffset now, string traceId)
    {
        // A device whose clock runs ahead cannot put its events into the future.
        var occurredAt = OccurredAt is { } told && told < now + FutureMax ? told : now;
        return new(
            EventId ?? Derive(now),
            DeviceId,
            EventType,
            occurredAt,
            now,
            Payload ?? JsonText.Empty,
            traceId,
            EventId is null
        );
    }

    private string Derive(DateTimeOffset now)
    {
        var moment = OccurredAt is { } told
            ? UtcTimeJson.Text(told)
            : (now.ToUnixTimeSeconds() / BucketSeconds).ToString(CultureInfo.InvariantCulture);
        var name = SHA256.HashData(Encoding.UTF8.GetBytes($"{DeviceId}|{EventType}|{moment}"));
        return "derived-" + Convert.ToHexStringLower(name.AsSpan(0, 16));
    }
}
