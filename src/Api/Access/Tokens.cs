using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IotOrleans.Http;
using IotOrleans.Json;

namespace IotOrleans.Access;

/// <summary>JSON Web Tokens (RFC 7519) of our own making: HS256 and nothing else.</summary>
public sealed class Tokens(SigningKey key, TimeProvider clock)
{
    public static readonly TimeSpan Life = TimeSpan.FromHours(1);

    private const string Issuer = "iotorleans";
    private const int LengthMax = 2048;

    private static readonly string Header = Encode("""{"alg":"HS256","typ":"JWT"}"""u8);

    public string Make(User user)
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        var claims = new Claims(
            Issuer,
            Issuer,
            user.Username,
            user.Role,
            user.Stamp,
            now,
            now,
            now + (long)Life.TotalSeconds
        );
        var body = $"{Header}.{Encode(JsonSerializer.SerializeToUtf8Bytes(claims, ContractJson.Options))}";
        return $"{body}.{Encode(Sign(body))}";
    }

    /// <summary>The claims of a token that is ours and of this time; null for any other.</summary>
    public Claims? Read(string token)
    {
        // The header must be the very one we write: no other algorithm, not even "none", gets as far as the signature.
        if (token.Length > LengthMax || !token.StartsWith(Header + ".", StringComparison.Ordinal))
            return null;
        var dot = token.LastIndexOf('.');
        if (dot <= Header.Length || !TryDecode(token.AsSpan(dot + 1), out var signature))
            return null;
        if (!CryptographicOperations.FixedTimeEquals(signature, Sign(token[..dot])))
            return null;
        if (!TryDecode(token.AsSpan(Header.Length + 1, dot - Header.Length - 1), out var body))
            return null;
        var claims = JsonSerializer.Deserialize<Claims>(body, ContractJson.Options);
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        return claims is { Iss: Issuer, Aud: Issuer } && claims.Nbf <= now && now < claims.Exp ? claims : null;
    }

    private byte[] Sign(string body) => HMACSHA256.HashData(key.For("tokens"), Encoding.UTF8.GetBytes(body));

    private static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    private static bool TryDecode(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        if (!Base64Url.IsValid(text) || !Base64Url.TryDecodeFromChars(text, bytes, out var length))
            return false;
        bytes = bytes[..length];
        return true;
    }

    /// <param name="Stamp">The user's at the time; when it has changed since, the token is dead.</param>
    public sealed record Claims(
        string Iss,
        string Aud,
        string Sub,
        Role Role,
        string Stamp,
        long Iat,
        long Nbf,
        long Exp
    );
}
