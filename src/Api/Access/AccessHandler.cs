using System.Text;
using System.Text.Encodings.Web;
using IotOrleans.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace IotOrleans.Access;

/// <summary>
/// Lets in people with a token and devices, hubs and servers with a key. A key may come as X-Api-Key, as a bearer
/// token, as the password of basic authentication, or (browsers cannot set headers on a WebSocket) as access_token in
/// the query of the speaker hub.
/// </summary>
public sealed class AccessHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logs,
    UrlEncoder encoder,
    KeyRing keys,
    Tokens tokens,
    UserStamps users
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    public const string SchemeName = "iot";

    internal const string KeyHeader = "X-Api-Key";
    private const string Bearer = "Bearer ";
    private const string Basic = "Basic ";
    private const string KeyPrefix = "iot_";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Credential() is not { } credential)
            return AuthenticateResult.NoResult();
        var caller = credential.StartsWith(KeyPrefix, StringComparison.Ordinal)
            ? await keys.Find(credential)
            : await Person(credential);
        return caller is null
            ? AuthenticateResult.Fail("Unknown key or token.")
            : AuthenticateResult.Success(new(Context.Enter(caller, SchemeName), SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return Problems
            .Make(401, "unauthenticated", "Who are you?", "A valid token or key is needed.")
            .ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Problems.Of(Refusal.NotAllowed, "This role may not do that.").ExecuteAsync(Context);

    private string? Credential()
    {
        if (Request.Headers.TryGetValue(KeyHeader, out var key) && key.Count == 1)
            return key.ToString();
        var header = Request.Headers.Authorization.ToString();
        if (header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return header[Bearer.Length..];
        if (header.StartsWith(Basic, StringComparison.OrdinalIgnoreCase))
            return Password(header[Basic.Length..]);
        // Neither a browser's WebSocket nor an SMS gateway can set a header.
        return
            (Request.Path.StartsWithSegments("/hubs") || Request.Path.StartsWithSegments("/api/v1/sms"))
            && Request.Query["access_token"] is [{ } token]
            ? token
            : null;
    }

    /// <summary>What telephony servers can send: RFC 7617, with the key as the password of any name.</summary>
    private static string? Password(string encoded)
    {
        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, bytes, out var length))
            return null;
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 || !text.AsSpan(colon + 1).StartsWith(KeyPrefix) ? null : text[(colon + 1)..];
    }

    private async ValueTask<Caller?> Person(string token)
    {
        if (tokens.Read(token) is not { } claims || await users.Find(claims) is not { } user)
            return null;
        return new(user.Username, user.Role, Subscribers: user.Subscribers, Customer: user.CustomerId);
    }
}
