using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Calls;

/// <summary>
/// Says each second which lines this silo has, and hears how many others do and how much each switch carries.
/// </summary>
public sealed partial class LineKeeper(
    SwitchLine[] lines,
    IGrainFactory grains,
    TimeProvider clock,
    ILogger<LineKeeper> log
) : BackgroundService
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly string _silo = Guid.NewGuid().ToString("N");
    private readonly Dictionary<SwitchLine, ISwitchLine> _references = [];

    /// <summary>
    /// A silo has died: what was heard of its legs while nobody knew is told to whoever has them now.
    /// </summary>
    public Task TellKept() => Task.WhenAll(lines.Select(line => line.Events.TellKept()));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var line in lines)
            _references[line] = grains.CreateObjectReference<ISwitchLine>(line);
        using var timer = new PeriodicTimer(Period, clock);
        do
        {
            await Task.WhenAll(lines.Select(Report));
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var (line, reference) in _references)
        {
            try
            {
                await grains.SwitchLines(line.Link.Name).Leave(_silo);
                grains.DeleteObjectReference<ISwitchLine>(reference);
            }
            catch (Exception trouble) when (IsPassing(trouble))
            {
                LogUnknown(line.Link.Name, trouble.Message);
            }
        }
    }

    private async Task Report(SwitchLine line)
    {
        var isUp = line.Link.IsUp;
        bool mustTell;
        try
        {
            var view = await grains.SwitchLines(line.Link.Name).Report(_silo, isUp ? _references[line] : null);
            mustTell = line.View.Take(view, await grains.MediaServer(line.Link.Name).Look(), isUp);
        }
        catch (Exception trouble) when (IsPassing(trouble))
        {
            LogUnknown(line.Link.Name, trouble.Message);
            mustTell = line.View.Lose();
        }
        if (mustTell)
            _ = line.Events.TellKept();
    }

    private static bool IsPassing(Exception trouble) => trouble is TimeoutException or OrleansException;

    [LoggerMessage(LogLevel.Warning, "Who else has a line to switch {Switch} is not known now: {Reason}")]
    private partial void LogUnknown(string @switch, string reason);
}
