using IotOrleans.Http;
using Microsoft.AspNetCore.HttpOverrides;

namespace IotOrleans.Access;

/// <summary>
/// From which addresses we may be asked anything but whether we live, and whose word is believed about the address of
/// somebody else. Empty lists: from anywhere, and nobody's.
/// </summary>
public sealed record AddressGate(AddressList AllowFrom, AddressList TrustedProxies)
{
    public void Use(WebApplication app)
    {
        if (!TrustedProxies.IsEmpty)
            app.UseForwardedHeaders(Forwarded());
        if (!AllowFrom.IsEmpty)
            app.Use(Judge);
    }

    private Task Judge(HttpContext context, RequestDelegate next)
    {
        var from = context.Connection.RemoteIpAddress;
        // A supervisor or a balancer asks whether we live from wherever it stands, and learns nothing else.
        return AllowFrom.Contains(from) || context.Request.Path.StartsWithSegments("/health")
            ? next(context)
            : Problems.Of(Refusal.NotAllowed, $"Nobody is let in from {from}.").ExecuteAsync(context);
    }

    // Of several proxies in a row each must be one of ours: what stands before the first stranger is hearsay.
    private ForwardedHeadersOptions Forwarded()
    {
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in TrustedProxies.Networks)
            options.KnownIPNetworks.Add(network);
        return options;
    }
}
