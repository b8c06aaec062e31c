using System.Diagnostics;

namespace IotOrleans.Http;

/// <summary>Headers on every answer: not to be kept, not to be guessed at, and the trace to ask for.</summary>
public sealed class Courtesy(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        if (Activity.Current is { } activity)
            headers["trace-id"] = activity.TraceId.ToHexString();
        return next(context);
    }
}
