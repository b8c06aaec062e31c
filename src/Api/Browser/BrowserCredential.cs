using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using IotOrleans.Subscribers;

namespace IotOrleans.Browser;

/// <summary>
/// A name and a password for a while, as in the REST API for TURN servers: the name says until when and who, the
/// password is its HMAC under a key that the SIP server has too. Nobody keeps it or asks for it.
/// </summary>
/// <param name="Server">Where the browser connects.</param>
/// <param name="Address">Who it is there.</param>
public sealed record BrowserCredential(
    Uri Server,
    string Address,
    string Username,
    string Password,
    DateTimeOffset ExpiresAt
)
{
    public static BrowserCredential For(Msisdn number, BrowserOptions options, DateTimeOffset now)
    {
        var end = now.AddMinutes(options.CredentialMinutes).ToUnixTimeSeconds();
        var username = string.Create(CultureInfo.InvariantCulture, $"{end}:{number}");
        return new(
            options.Server!,
            $"sip:{number}@{options.Domain}",
            username,
            Signed(options.Key!, username),
            DateTimeOffset.FromUnixTimeSeconds(end)
        );
    }

    private static string Signed(string key, string username) =>
        Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(username)));
}
