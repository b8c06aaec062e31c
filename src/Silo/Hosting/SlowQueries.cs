using System.Diagnostics;
using IotOrleans.Http;
using Microsoft.Extensions.Options;

namespace IotOrleans.Hosting;

/// <summary>
/// Tells of statements that took long, under the trace of who asked for them. Nobody who does not want it pays for it:
/// the driver measures only while somebody listens.
/// </summary>
internal sealed partial class SlowQueries(IOptions<LogsOptions> options, ILogger<SlowQueries> log)
    : IHostedService,
        IDisposable
{
    private const int TextMax = 300;

    private readonly TimeSpan _limit = TimeSpan.FromMilliseconds(options.Value.SlowQueryMilliseconds);
    private ActivityListener? _listener;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (_limit == TimeSpan.Zero)
            return Task.CompletedTask;
        _listener = new()
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = Look,
        };
        ActivitySource.AddActivityListener(_listener);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _listener?.Dispose();

    private void Look(Activity statement)
    {
        if (statement.Duration < _limit)
            return;
        // Values are no part of it, they are parameters.
        var text = statement.GetTagItem("db.query.text") ?? statement.GetTagItem("db.statement") ?? "";
        var words = string.Join(' ', $"{text}".Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        LogSlow(
            statement.Duration.TotalMilliseconds,
            statement.TraceId.ToHexString(),
            words.Length > TextMax ? words[..TextMax] : words
        );
    }

    [LoggerMessage(LogLevel.Warning, "A statement took {Milliseconds:0} ms, {Trace}: {Statement}")]
    private partial void LogSlow(double milliseconds, string trace, string statement);
}
