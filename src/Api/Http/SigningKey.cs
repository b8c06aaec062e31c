using System.Security.Cryptography;
using System.Text;

namespace IotOrleans.Http;

/// <summary>
/// The secret of this house from which the keys for tokens and cursors are made; all front-ends share it.
/// </summary>
public sealed class SigningKey(byte[] secret)
{
    public const int Length = 32;

    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, byte[]> _keys = new();

    public byte[] For(string purpose) =>
        _keys.GetOrAdd(
            purpose,
            static (name, secret) => HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(name)),
            secret
        );

    public static byte[] Make() => RandomNumberGenerator.GetBytes(Length);
}
