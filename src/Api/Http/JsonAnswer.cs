using System.Buffers;
using System.Text.Json;
using IotOrleans.Json;

namespace IotOrleans.Http;

/// <summary>
/// An answer that is written whole, with its length, and asks no services how: for what is asked thousands of times a
/// second.
/// </summary>
internal sealed class JsonAnswer<T>(int status, T value) : IValueHttpResult<T>, IResult
{
    public T? Value => value;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(value, ContractJson.Options);
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = bytes.Length;
        // Sent when the request ends, together with the headers.
        response.BodyWriter.Write(bytes);
        return Task.CompletedTask;
    }
}
