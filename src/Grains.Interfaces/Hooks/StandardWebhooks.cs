using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace IotOrleans.Hooks;

/// <summary>
/// Signatures of the Standard Webhooks specification (github.com/standard-webhooks): HMAC-SHA256 over
/// <c>id.timestamp.body</c>.
/// </summary>
public static class StandardWebhooks
{
    public const string IdHeader = "webhook-id";
    public const string TimestampHeader = "webhook-timestamp";
    public const string SignatureHeader = "webhook-signature";

    /// <summary>A message older or newer than this is not believed.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private const string SecretPrefix = "whsec_";
    private const string Version = "v1,";
    private const int SecretBytes = 32;
    private const int SignaturesMax = 16;

    /// <summary>A new secret of 256 random bits.</summary>
    public static string NewSecret() =>
        SecretPrefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>The key behind a secret; one that is not of the specification's form is its own bytes.</summary>
    public static byte[] Key(string secret) => TryKey(secret, out var key) ? key : Encoding.UTF8.GetBytes(secret);

    /// <summary>Whether the secret is of the form that the specification knows.</summary>
    public static bool TryKey(string secret, [NotNullWhen(true)] out byte[]? key)
    {
        key = null;
        if (!secret.StartsWith(SecretPrefix, StringComparison.Ordinal))
            return false;
        var bytes = new byte[secret.Length];
        if (!Convert.TryFromBase64String(secret[SecretPrefix.Length..], bytes, out var written) || written == 0)
            return false;
        key = bytes[..written];
        return true;
    }

    /// <summary>One entry of the signature header.</summary>
    public static string Sign(byte[] key, string id, string timestamp, ReadOnlySpan<byte> body) =>
        Version + Convert.ToBase64String(Digest(key, id, timestamp, body));

    /// <summary>Whether one of the entries of the header is the key's. Takes the same time for near and far.</summary>
    public static bool IsSigned(byte[] key, string id, string timestamp, ReadOnlySpan<byte> body, string header)
    {
        var expected = Digest(key, id, timestamp, body);
        var found = false;
        Span<byte> given = stackalloc byte[SHA256.HashSizeInBytes + 3];
        foreach (var entry in header.Split(' ', SignaturesMax))
        {
            if (
                entry.StartsWith(Version, StringComparison.Ordinal)
                && Convert.TryFromBase64String(entry[Version.Length..], given, out var length)
            )
            {
                found |= CryptographicOperations.FixedTimeEquals(given[..length], expected);
            }
        }
        return found;
    }

    /// <summary>Whether the unix seconds are within <see cref="Tolerance"/> of now.</summary>
    public static bool IsTimely(string timestamp, DateTimeOffset now, out DateTimeOffset at)
    {
        at = default;
        if (
            !long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds()
        )
            return false;
        at = DateTimeOffset.FromUnixTimeSeconds(seconds);
        return (now - at).Duration() <= Tolerance;
    }

    private static byte[] Digest(byte[] key, string id, string timestamp, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hash.AppendData(Encoding.UTF8.GetBytes($"{id}.{timestamp}."));
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }
}
