using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace IotOrleans.Hooks;

/// <summary>
/// Tuya's signature of a request (developer.tuya.com, "Signature method"): HMAC-SHA256 over client_id, t, nonce and a
/// text made of the request, in upper-case hexadecimal.
/// </summary>
public static class TuyaSignature
{
    /// <param name="headers">The lines "name:value\n" of the headers that are signed as well.</param>
    /// <param name="pathAndQuery">The query sorted by name.</param>
    public static string Sign(
        string secret,
        string clientId,
        string time,
        string nonce,
        string method,
        ReadOnlySpan<byte> body,
        string headers,
        string pathAndQuery
    )
    {
        var content = Convert.ToHexStringLower(SHA256.HashData(body));
        var text = $"{clientId}{time}{nonce}{method}\n{content}\n{headers}\n{pathAndQuery}";
        return Convert.ToHexString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>Whether a sign is the right one; takes the same time for near and far.</summary>
    public static bool Same(string expected, string given) =>
        CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(expected),
            Encoding.UTF8.GetBytes(given.ToUpperInvariant())
        );

    /// <summary>Whether the unix milliseconds are within the five minutes that Tuya gives a request.</summary>
    public static bool IsTimely(string text, DateTimeOffset now, out DateTimeOffset at)
    {
        at = default;
        if (
            !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            || milliseconds > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
        )
            return false;
        at = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        return (now - at).Duration() <= StandardWebhooks.Tolerance;
    }
}
