using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace IotOrleans;

/// <summary>
/// Name-based UUIDs (RFC 9562, version 8 over SHA-256): an effect is named after its causes, so that doing it again
/// meets the same name.
/// </summary>
public static class NamedId
{
    public static Guid Of(params ReadOnlySpan<string> causes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        foreach (var cause in causes)
        {
            var bytes = Encoding.UTF8.GetBytes(cause);
            // Lengths go in, so that ("ab", "c") and ("a", "bc") are two names.
            BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }
        Span<byte> digest = stackalloc byte[32];
        hash.GetHashAndReset(digest);
        digest[6] = (byte)((digest[6] & 0x0F) | 0x80);
        digest[8] = (byte)((digest[8] & 0x3F) | 0x80);
        return new(digest[..16], bigEndian: true);
    }
}
