using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace IotOrleans.Floor;

/// <summary>One dictionary, and nobody is asked who he is.</summary>
internal static class Lookup
{
    public static RequestDelegate Over(int count)
    {
        var real = Enumerable
            .Range(0, count)
            .ToDictionary(number => 78_000_000_000 + number, number => 79_260_000_000 + number);
        return async context =>
        {
            var text = context.Request.Path.Value.AsSpan();
            var digits = text[(text.LastIndexOf('/') + 1)..].TrimStart('+');
            var isNumber = long.TryParse(digits, CultureInfo.InvariantCulture, out var shown);
            if (!isNumber || !real.TryGetValue(shown, out var found))
            {
                context.Response.StatusCode = text is "/" ? StatusCodes.Status200OK : StatusCodes.Status404NotFound;
                return;
            }
            var answer = Encoding.UTF8.GetBytes($$"""{"shown":"+{{shown}}","real":"+{{found}}"}""");
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = answer.Length;
            await context.Response.Body.WriteAsync(answer);
        };
    }
}
