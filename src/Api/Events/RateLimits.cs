using System.Collections.Concurrent;
using IotOrleans.Access;
using IotOrleans.Devices;
using Microsoft.Extensions.Options;

namespace IotOrleans.Events;

/// <summary>
/// How many events a key, and a device, may tell. The last fifth of every bucket is kept for life-safety events, so
/// that
/// a chattering sensor cannot keep its own alarm out.
/// </summary>
public sealed class RateLimits(IOptions<RateLimitOptions> options, TimeProvider clock)
{
    private const double Reserve = 0.2;
    private const int BucketsMax = 200_000;

    private readonly ConcurrentDictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);

    public bool Allows(Caller caller, DeviceId device, string eventType, out TimeSpan retryAfter)
    {
        retryAfter = TimeSpan.Zero;
        if (!options.Value.Enabled)
            return true;
        var urgent = EventTypes.IsLifeSafety(eventType);
        var now = clock.GetTimestamp();
        var limits = options.Value;
        return Take("d:" + device.Value, limits.DeviceEventsPerSecond, limits.DeviceBurst, urgent, now, out retryAfter)
            && Take("k:" + caller.Name, limits.KeyEventsPerSecond, limits.KeyBurst, urgent, now, out retryAfter);
    }

    /// <summary>Whether another stranger may be written down; those that come too fast are only counted.</summary>
    public bool AllowsNote(string door) =>
        Take(
            "n:" + door,
            options.Value.RefusalsNotedPerMinute / 60.0,
            options.Value.RefusalsNotedPerMinute,
            true,
            clock.GetTimestamp(),
            out _
        );

    /// <summary>Whether one who asks for numbers that show nobody may go on; else he looks for those that do.</summary>
    public bool AllowsMiss(Caller caller)
    {
        var perMinute =
            caller.Role == Role.Telephony ? options.Value.LookupMissesPerMinute : options.Value.PersonMissesPerMinute;
        return Take("m:" + caller.Name, perMinute / 60.0, perMinute, true, clock.GetTimestamp(), out _);
    }

    private bool Take(string name, double rate, int burst, bool urgent, long now, out TimeSpan retryAfter)
    {
        // Forgetting all buckets gives everybody one full bucket: better than growing, and rare.
        if (_buckets.Count > BucketsMax)
            _buckets.Clear();
        var bucket = _buckets.GetOrAdd(name, static (_, start) => new(start.burst, start.now), (burst, now));
        return bucket.Take(rate, burst, urgent ? 0 : burst * Reserve, now, clock.TimestampFrequency, out retryAfter);
    }

    private sealed class Bucket(double tokens, long at)
    {
        private readonly Lock _gate = new();
        private double _tokens = tokens;
        private long _at = at;

        public bool Take(double rate, int burst, double keep, long now, long frequency, out TimeSpan retryAfter)
        {
            lock (_gate)
            {
                _tokens = Math.Min(burst, _tokens + Math.Max(0, now - _at) * rate / frequency);
                _at = Math.Max(_at, now);
                retryAfter = _tokens >= keep + 1 ? TimeSpan.Zero : TimeSpan.FromSeconds((keep + 1 - _tokens) / rate);
                if (retryAfter > TimeSpan.Zero)
                    return false;
                _tokens--;
                return true;
            }
        }
    }
}
