using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;

namespace IotOrleans.Http;

/// <summary>A page of a list as the contract shows it.</summary>
public sealed record Listing<T>(
    T[] Items,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextCursor
);

public static class Listings
{
    /// <summary>Reads the query, asks for the page, and seals where the next one begins.</summary>
    public static async Task<IResult> List<T>(
        this HttpContext context,
        string list,
        Func<Query, PageRequest, Task<Page<T>>> ask
    )
    {
        var query = new Query(context);
        var request = query.Page(list);
        var page = ask(query, request);
        if (query.Problem is { } problem)
        {
            await ((Task)page).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext
            );
            return problem;
        }
        var found = await page;
        var cursors = context.RequestServices.GetRequiredService<Cursors>();
        return TypedResults.Ok(new Listing<T>(found.Items, found.Next is { } next ? cursors.Write(list, next) : null));
    }
}
