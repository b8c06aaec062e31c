using System.Diagnostics.Metrics;
using IotOrleans.Events;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace IotOrleans.Alerts;

/// <summary>
/// Looks at the parts of the house and has it told when one is away and when it is back. Of several silos that see the
/// same one tells; without the database, which they would agree by, each tells for itself.
/// </summary>
public sealed partial class AlertWatch : BackgroundService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly IHealthPart[] _parts;
    private readonly IOutageBook _book;
    private readonly AlertDesk _desk;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _period;
    private readonly ILogger<AlertWatch> _log;
    private readonly OutageWatch _watch;

    // Of which the others could not be told.
    private readonly HashSet<string> _alone = new(StringComparer.Ordinal);
    private PartHealth[] _seen = [];
    private long _held;

    public AlertWatch(
        IEnumerable<IHealthPart> parts,
        IOutageBook book,
        AlertDesk desk,
        IOptions<AlertOptions> options,
        TimeProvider clock,
        IMeterFactory meters,
        ILogger<AlertWatch> log
    )
    {
        (_parts, _book, _desk, _clock, _log) = ([.. parts], book, desk, clock, log);
        _period = TimeSpan.FromSeconds(options.Value.LookSeconds);
        _watch = new(TimeSpan.FromSeconds(options.Value.AfterSeconds));
        var meter = meters.Create("IotOrleans");
        meter.CreateObservableGauge("iot_part_up", Parts, description: "Parts of the house: 1 is up or simulated.");
        meter.CreateObservableGauge(
            "iot_incidents_held",
            () => Interlocked.Read(ref _held),
            description: "Running incidents of which a call waits because no switch takes it."
        );
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_period, _clock);
        var remembers = false;
        do
        {
            try
            {
                if (!remembers)
                {
                    foreach (var outage in await _book.Open())
                        _watch.Remember(outage);
                }
                remembers = true;
                Interlocked.Exchange(ref _held, await _book.HeldIncidents());
            }
            catch (JournalUnavailableException trouble)
            {
                LogAlone(trouble.Message);
            }
            await Look(stoppingToken);
            await _desk.TryAgain(stoppingToken);
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task Look(CancellationToken stopping)
    {
        _seen = await Task.WhenAll(_parts.Select(part => Check(part, stopping)));
        foreach (var change in _watch.Look(_seen, _clock.GetUtcNow()))
        {
            if (change.IsOver)
                LogBack(change.Outage.Part, change.Outage.Since);
            else
                LogAway(change.Outage.Part, change.Outage.Since, change.Outage.Detail);
            if (await IsOurs(change))
                await _desk.Tell(change.Outage, change.IsOver, stopping);
        }
    }

    private async Task<bool> IsOurs(OutageChange change)
    {
        var part = change.Outage.Part;
        try
        {
            if (!change.IsOver)
                return await _book.Begin(change.Outage);
            var isFirst = await _book.End(part);
            return _alone.Remove(part) || isFirst;
        }
        catch (JournalUnavailableException)
        {
            if (!change.IsOver)
                _alone.Add(part);
            return !change.IsOver || _alone.Remove(part);
        }
    }

    private async Task<PartHealth> Check(IHealthPart part, CancellationToken stopping)
    {
        try
        {
            return await part.Check(stopping).AsTask().WaitAsync(Patience, _clock, stopping);
        }
        catch (TimeoutException)
        {
            return new(part.GetType().Name.ToLowerInvariant(), PartStatus.Down, Needed: true, "does not answer");
        }
    }

    private IEnumerable<Measurement<long>> Parts() =>
        _seen.Select(part => new Measurement<long>(
            part.Status == PartStatus.Down ? 0 : 1,
            new KeyValuePair<string, object?>("part", part.Name)
        ));

    [LoggerMessage(LogLevel.Error, "{Part} is away since {Since}: {Detail}")]
    private partial void LogAway(string part, DateTimeOffset since, string? detail);

    [LoggerMessage(LogLevel.Warning, "{Part} is back; it was away since {Since}")]
    private partial void LogBack(string part, DateTimeOffset since);

    [LoggerMessage(LogLevel.Warning, "Whether others have told of an outage cannot be known now: {Reason}")]
    private partial void LogAlone(string reason);
}
