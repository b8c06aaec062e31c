using System.Diagnostics.Metrics;
using IotOrleans.Events;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Masks;

/// <summary>
/// Today's masked calls by status, as the page and the report count them. Asked for now and then and remembered, so
/// that who scrapes waits for no database.
/// </summary>
public sealed partial class MaskedCallFigures : BackgroundService
{
    /// <summary>Between two looks, or a hundred times as long as the last one took, up to the longest.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private readonly IMaskStore _store;
    private readonly TimeProvider _clock;
    private readonly ILogger<MaskedCallFigures> _log;
    private volatile MaskOutcomes? _today;

    public MaskedCallFigures(IMaskStore store, TimeProvider clock, IMeterFactory meters, ILogger<MaskedCallFigures> log)
    {
        (_store, _clock, _log) = (store, clock, log);
        var meter = meters.Create("IotOrleans");
        meter.CreateObservableGauge(
            "iot_mask_calls_today",
            Calls,
            description: "Masked calls that began today (UTC), by status."
        );
        meter.CreateObservableGauge(
            "iot_mask_forwarded_share",
            Share,
            description: "Answered ones of today's masked calls that somebody was behind, 0 to 1."
        );
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var began = _clock.GetTimestamp();
            try
            {
                _today = await _store.Outcomes(stoppingToken);
            }
            catch (JournalUnavailableException trouble)
            {
                // Old figures would look like good ones.
                _today = null;
                LogUnseen(trouble.Message);
            }
            var pause = TimeSpan.FromSeconds(
                Math.Clamp(100 * _clock.GetElapsedTime(began).TotalSeconds, Period.TotalSeconds, Longest.TotalSeconds)
            );
            await Task.Delay(pause, _clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private IEnumerable<Measurement<long>> Calls() =>
        _today is not { } today
            ? []
            :
            [
                Calls(today.Answered, "answered"),
                Calls(today.Busy, "busy"),
                Calls(today.NoAnswer, "no_answer"),
                Calls(today.Failed, "failed"),
                Calls(today.Unmapped, "unmapped"),
            ];

    private static Measurement<long> Calls(long count, string status) =>
        new(count, new KeyValuePair<string, object?>("status", status));

    private IEnumerable<Measurement<double>> Share() =>
        _today?.ForwardedShare is { } share ? [new Measurement<double>(share)] : [];

    [LoggerMessage(LogLevel.Warning, "Today's masked calls cannot be counted now: {Reason}")]
    private partial void LogUnseen(string reason);
}
