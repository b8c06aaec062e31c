using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace IotOrleans.Http;

/// <summary>
/// Pages for people. Their files lie in the assembly, so that they work from wherever the program runs; they load
/// nothing from elsewhere and are framed by nobody.
/// </summary>
internal static class StaticPage
{
    /// <param name="name">The first word of its addresses, and the folder of its files in the assembly.</param>
    public static void Map(IEndpointRouteBuilder routes, string name, params string[] files) =>
        Map(routes, name, null, files);

    /// <param name="server">The origin of a server beside our own that the page connects to.</param>
    public static void Map(IEndpointRouteBuilder routes, string name, string? server, string[] files)
    {
        var mayConnect = server is null ? "'self'" : $"'self' {server}";
        Serve(routes, name, "/" + name, "index.html", mayConnect);
        // What all pages share: colours, buttons, forms.
        Serve(routes, "page", $"/{name}/base.css", "base.css", mayConnect);
        foreach (var file in files)
            Serve(routes, name, $"/{name}/{file}", file, mayConnect);
    }

    private static string ContentSecurity(string mayConnect) =>
        $"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src {mayConnect}; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static void Serve(IEndpointRouteBuilder routes, string folder, string path, string name, string mayConnect)
    {
        var security = ContentSecurity(mayConnect);
        var content = Read(folder, name);
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(content)[..16])}\"");
        var type = Path.GetExtension(name) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".svg" => "image/svg+xml",
            _ => "text/plain; charset=utf-8",
        };
        routes
            .MapGet(
                path,
                (HttpContext context) =>
                {
                    var headers = context.Response.Headers;
                    headers.ContentSecurityPolicy = security;
                    headers.XContentTypeOptions = "nosniff";
                    headers["Referrer-Policy"] = "no-referrer";
                    headers.CacheControl = "no-cache";
                    return Results.Bytes(content, type, entityTag: tag);
                }
            )
            .AllowAnonymous()
            .ExcludeFromDescription();
    }

    private static byte[] Read(string folder, string name)
    {
        using var file =
            typeof(StaticPage).Assembly.GetManifestResourceStream($"{folder}/{name}")
            ?? throw new InvalidOperationException($"The assembly has no file {folder}/{name}.");
        using var content = new MemoryStream();
        file.CopyTo(content);
        return content.ToArray();
    }
}
