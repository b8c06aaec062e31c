using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using IotOrleans.Access;
using IotOrleans.Events;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Masks;

/// <summary>
/// Watches over look-ups: real numbers that a person sees are written down, and whoever tries one number after the
/// other is shut out for a minute, told to the log and to the audit log.
/// </summary>
public sealed partial class LookupGuard
{
    private static readonly TimeSpan ShutOut = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _scanners = new(StringComparer.Ordinal);
    private readonly Counter<long> _lookups;
    private readonly RateLimits _limits;
    private readonly Auditor _audit;
    private readonly TimeProvider _clock;
    private readonly ILogger<LookupGuard> _log;
    private volatile bool _anyScanner;

    public LookupGuard(
        RateLimits limits,
        Auditor audit,
        IMaskLookup masks,
        TimeProvider clock,
        IMeterFactory meters,
        ILogger<LookupGuard> log
    )
    {
        (_limits, _audit, _clock, _log) = (limits, audit, clock, log);
        var meter = meters.Create("IotOrleans");
        _lookups = meter.CreateCounter<long>("iot_mask_lookups", description: "Masks looked up, by outcome.");
        meter.CreateObservableGauge("iot_masks_active", () => masks.Count, description: "Masks known to this process.");
    }

    /// <returns>How long the caller is still shut out; zero for everybody else.</returns>
    public TimeSpan ShutOutFor(Caller caller)
    {
        if (!_anyScanner || !_scanners.TryGetValue(caller.Name, out var until))
            return TimeSpan.Zero;
        var left = until - _clock.GetUtcNow();
        if (left > TimeSpan.Zero)
            return left;
        _scanners.TryRemove(new(caller.Name, until));
        _anyScanner = !_scanners.IsEmpty;
        return TimeSpan.Zero;
    }

    public async ValueTask Found(HttpContext context, string number)
    {
        _lookups.Add(1, Hit);
        await Revealed(context, number, 1);
    }

    public async ValueTask Missed(HttpContext context)
    {
        _lookups.Add(1, Miss);
        var caller = context.Caller();
        if (_limits.AllowsMiss(caller) || !_scanners.TryAdd(caller.Name, _clock.GetUtcNow() + ShutOut))
            return;
        _anyScanner = true;
        LogScan(caller.Name);
        await _audit.Note(context, "look up masks", "many numbers", "refused: looks like a scan");
    }

    /// <summary>What machines ask is counted; what people see of real numbers is in the audit log.</summary>
    public async ValueTask Revealed(HttpContext context, string what, int count)
    {
        if (count > 0 && context.Caller().Role != Role.Telephony)
            await _audit.Note(context, "reveal real numbers", what, "done", $"{count}");
    }

    private static readonly KeyValuePair<string, object?> Hit = new("outcome", "hit");
    private static readonly KeyValuePair<string, object?> Miss = new("outcome", "miss");

    [LoggerMessage(LogLevel.Warning, "{Caller} looks up one number after the other, and is shut out for a minute")]
    private partial void LogScan(string caller);
}
