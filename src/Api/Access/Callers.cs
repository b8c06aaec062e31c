using System.Security.Claims;

namespace IotOrleans.Access;

/// <summary>The caller behind a request.</summary>
public static class Callers
{
    /// <summary>The device that a speaker's connection speaks for.</summary>
    public const string DeviceClaim = "device";

    /// <summary>Whom a caller asks for who is not of the house.</summary>
    public const string CustomerClaim = "customer";

    public static Caller Caller(this HttpContext context) =>
        context.CallerOrNobody() ?? throw new InvalidOperationException("Nobody was let in.");

    public static Caller? CallerOrNobody(this HttpContext context) => context.Features.Get<Caller>();

    /// <summary>For a request that needs no more of its caller than this.</summary>
    public static void EnterAs(this HttpContext context, Caller caller) => context.Features.Set(caller);

    public static ClaimsPrincipal Enter(this HttpContext context, Caller caller, string scheme)
    {
        context.EnterAs(caller);
        return new(Identity(caller, scheme));
    }

    private static ClaimsIdentity Identity(Caller caller, string scheme)
    {
        var identity = new ClaimsIdentity(scheme);
        identity.AddClaim(new(ClaimTypes.Name, caller.Name));
        identity.AddClaim(new(ClaimTypes.Role, caller.Role.ToString()));
        if (caller is { Role: Role.Device, Devices: [var device] })
            identity.AddClaim(new(DeviceClaim, device.Value));
        if (caller.Customer is { } customer)
            identity.AddClaim(new(CustomerClaim, customer.Value));
        return identity;
    }
}
