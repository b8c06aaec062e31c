using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace IotOrleans.Http;

/// <summary>
/// Pages for people. Their files lie in the assembly, so that they work from wherever the program runs; they load
/// nothing from elsewhere and are framed by nobody.
/// </summary>
internal static class StaticPage
{
    private const string ContentSecurity =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <param name="name">The first word of its addresses, and the folder of its files in the assembly.</param>
    public static void Map(IEndpointRouteBuilder routes, string name, params string[] files)
    {
        Serve(routes, name, "/" + name, "index.html");
        // What all pages share: colours, buttons, forms.
        Serve(routes, "page", $"/{name}/base.css", "base.css");
        foreach (var file in files)
            Serve(routes, name, $"/{name}/{file}", file);
    }

    private static void Serve(IEndpointRouteBuilder routes, string folder, string path, string name)
    {
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
                    headers.ContentSecurityPolicy = ContentSecurity;
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
