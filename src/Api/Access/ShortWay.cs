namespace IotOrleans.Access;

/// <summary>
/// The short way to what is asked thousands of times a second: a key that is known, and of a role that the policy of
/// the endpoint lets in, goes straight to it. Everybody else goes the long way, where he is let in or refused.
/// </summary>
public sealed class ShortWay(RequestDelegate next, KeyRing keys)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (
            context.GetEndpoint() is { RequestDelegate: { } act } endpoint
            && endpoint.Metadata.GetMetadata<Mark>() is { } mark
            && context.Request.Headers.TryGetValue(AccessHandler.KeyHeader, out var key)
            && key is [{ } only]
            && keys.Known(only) is { } caller
            && Array.IndexOf(mark.Roles, caller.Role) >= 0
            && (caller.Customer is null || mark.IsOpenToCustomers)
        )
        {
            context.EnterAs(caller);
            return act(context);
        }
        return next(context);
    }

    /// <param name="Roles">Those of the policy that the endpoint requires as well.</param>
    /// <param name="IsOpenToCustomers">Likewise.</param>
    internal sealed record Mark(Role[] Roles, bool IsOpenToCustomers);
}

internal static class ShortWays
{
    /// <summary>Requires the policy, and spares those it lets in the rest of the way.</summary>
    public static TBuilder RequireShortly<TBuilder>(this TBuilder routes, string policy)
        where TBuilder : IEndpointConventionBuilder =>
        routes
            .RequireAuthorization(policy)
            .WithMetadata(new ShortWay.Mark(Policies.RolesOf(policy), Policies.IsOpenToCustomers(policy)));
}
