using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace IotOrleans.Http;

/// <summary>Positions in lists, sealed so that nobody makes his own or takes one list's to another.</summary>
public sealed class Cursors(SigningKey key)
{
    private const int SealLength = 12;

    public string Write(string list, long position)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long) + SealLength];
        BinaryPrimitives.WriteInt64BigEndian(bytes, position);
        Seal(list, position).AsSpan(0, SealLength).CopyTo(bytes[sizeof(long)..]);
        return Base64Url.EncodeToString(bytes);
    }

    public bool TryRead(string list, string text, out long position)
    {
        position = 0;
        Span<byte> bytes = stackalloc byte[sizeof(long) + SealLength];
        if (text.Length > 64 || !Base64Url.IsValid(text, out var length) || length != bytes.Length)
            return false;
        Base64Url.DecodeFromChars(text, bytes);
        position = BinaryPrimitives.ReadInt64BigEndian(bytes);
        return CryptographicOperations.FixedTimeEquals(
            bytes[sizeof(long)..],
            Seal(list, position).AsSpan(0, SealLength)
        );
    }

    private byte[] Seal(string list, long position) =>
        HMACSHA256.HashData(key.For("cursors"), Encoding.UTF8.GetBytes($"{list}:{position}"));
}
