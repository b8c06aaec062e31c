using IotOrleans.Access;
using IotOrleans.Http;
using IotOrleans.Masks;
using IotOrleans.Subscribers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IotOrleans.Browser;

/// <summary>Calls from a browser: what it shows to the SIP server, and the page that is a telephone.</summary>
public static class BrowserEndpoints
{
    public static void MapBrowsers(this IEndpointRouteBuilder routes) =>
        routes
            .MapGroup("/browsers")
            .WithTags("Calls")
            .RequireAuthorization(Policies.Call)
            .Audited()
            .MapPost("/credentials", Give)
            .WithSummary("A name and a password with which a browser is the telephone of a number, for a while")
            .Accepts<CredentialBody>("application/json")
            .Produces<BrowserCredential>(201)
            .ProducesProblem(503);

    public static void MapBrowserPage(this IEndpointRouteBuilder routes)
    {
        var options = routes.ServiceProvider.GetRequiredService<IOptions<BrowserOptions>>().Value;
        // The only other server that a page of ours talks to.
        var server = options.AreOn ? options.Server!.GetLeftPart(UriPartial.Authority) : null;
        string[] files = ["phone.css", "phone.js", "line.js", "icon.svg", "sip.min.js", "sip.LICENSE.txt"];
        StaticPage.Map(routes, "phone", server, files);
    }

    private static async Task<IResult> Give(
        HttpContext context,
        Body bodies,
        IOptions<BrowserOptions> options,
        IMaskLookup masks,
        TimeProvider clock
    )
    {
        var (body, problem) = await bodies.Read<CredentialBody>(context);
        if (body is null)
            return problem!;
        if (!context.Caller().MaySee(body.Number))
            return Problems.Of(Refusal.NotAllowed, "This number is somebody else's.");
        if (!masks.IsReady)
            return Problems.Unavailable(context, "The masks are being read into memory.");
        var errors = new FieldErrors();
        errors.Unless(!NumberPlan.IsEmergency(body.Number), "number", "is a number of the emergency services");
        // Also one that shows nobody now, or only two people to each other.
        var isShown = masks.IsPooled(body.Number) || masks.Route(body.Number, null) is not null;
        errors.Unless(!isShown, "number", "is a shown number and nobody's telephone");
        if (errors.Any)
            return Problems.Validation(errors);
        // It is a password: no cache keeps it.
        context.Response.Headers.CacheControl = "no-store";
        return options.Value.AreOn
            ? TypedResults.Created((string?)null, BrowserCredential.For(body.Number, options.Value, clock.GetUtcNow()))
            : Problems.Unavailable(context, "Calls from browsers are not set up here.");
    }

    public sealed record CredentialBody(Msisdn Number);
}
