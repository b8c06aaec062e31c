using System.Diagnostics;
using System.Text.RegularExpressions;
using IotOrleans.Access;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Http;

/// <summary>
/// A line for each request, with the trace that every other line about it has. No query: there may be keys in it.
/// </summary>
public sealed partial class AccessLog(RequestDelegate next, ILoggerFactory logs, TimeProvider clock)
{
    private const int PathMax = 200;

    private readonly ILogger _log = logs.CreateLogger("IotOrleans.Access");

    public async Task InvokeAsync(HttpContext context)
    {
        var start = clock.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            LogRequest(
                _log,
                context.Request.Method,
                Shortened(context.Request.Path),
                context.Response.StatusCode,
                clock.GetElapsedTime(start).TotalMilliseconds,
                context.CallerOrNobody()?.Name ?? "nobody",
                context.Connection.RemoteIpAddress?.ToString(),
                Activity.Current?.TraceId.ToHexString()
            );
        }
    }

    /// <summary>The path as it may stand in a log: of a number the last two digits, and no line breaks.</summary>
    public static string Shortened(PathString path)
    {
        var text = path.ToUriComponent();
        return Number().Replace(text.Length > PathMax ? text[..PathMax] : text, "*****$1$2");
    }

    // What people write between the digits of a number, as it is and as it stands in an address.
    private const string Between = "(?:[-.() ]|%20|%2D|%28|%29){0,3}";

    // Not the digits of a UUID.
    private const string Digits =
        $"(?<![0-9a-f]-|[0-9a-f])(?:\\+|%2B)?(?:[0-9]{Between}){{5,}}([0-9]){Between}([0-9])(?!-?[0-9a-f])";

    [GeneratedRegex(Digits, RegexOptions.IgnoreCase)]
    private static partial Regex Number();

    [LoggerMessage(
        LogLevel.Information,
        "{Method} {Path} {Status} {Milliseconds:0.0} ms, {Caller} from {Address}, {Trace}"
    )]
    private static partial void LogRequest(
        ILogger log,
        string method,
        string path,
        int status,
        double milliseconds,
        string caller,
        string? address,
        string? trace
    );
}
