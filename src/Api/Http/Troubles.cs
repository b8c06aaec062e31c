using System.Data.Common;
using IotOrleans.Events;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Http;

/// <summary>
/// Turns the world's failures into 503: the caller may ask again. What is our own mistake stays a 500 and is told to
/// the log.
/// </summary>
public sealed partial class Troubles(RequestDelegate next, ILogger<Troubles> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (JournalUnavailableException trouble) when (!context.Response.HasStarted)
        {
            await Problems.Unavailable(context, "Nothing can be made durable now.").ExecuteAsync(context);
            LogUnavailable(AccessLog.Shortened(context.Request.Path), trouble.Message);
        }
        catch (Exception trouble) when (!context.Response.HasStarted && IsOutside(trouble))
        {
            await Problems.Unavailable(context, "The house is busy.").ExecuteAsync(context);
            LogUnavailable(AccessLog.Shortened(context.Request.Path), trouble.Message);
        }
        catch (BadHttpRequestException trouble) when (!context.Response.HasStarted)
        {
            await Problems.Make(trouble.StatusCode, "bad-request", "Bad request", null).ExecuteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
        // The last resort: whoever asked hears that it is our mistake, and nothing of its insides.
#pragma warning disable CA1031
        catch (Exception mistake) when (!context.Response.HasStarted)
#pragma warning restore CA1031
        {
            LogMistake(mistake, context.Request.Method, AccessLog.Shortened(context.Request.Path));
            await Problems.Make(500, "mistake", "Our mistake", null).ExecuteAsync(context);
        }
    }

    /// <summary>The world's failure and not ours: asked again it may go well.</summary>
    public static bool IsOutside(Exception trouble) =>
        trouble is JournalUnavailableException or TimeoutException or OrleansException or DbException;

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    private partial void LogMistake(Exception mistake, string method, string path);

    [LoggerMessage(LogLevel.Warning, "{Path} was answered with 503: {Reason}")]
    private partial void LogUnavailable(string path, string reason);
}
