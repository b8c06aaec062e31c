using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;

namespace IotOrleans.Postgres;

/// <summary>
/// The columns that name one grain's state, computed as the ADO.NET provider of Orleans computes them, so that either
/// engine finds the rows of the other. <see cref="Text"/> is the whole key, or what follows the plus of a key that is
/// a number; null for a bare number.
/// </summary>
/// <remarks>
/// The provider takes any key of hexadecimal digits for a number: "100" and "0100" share a row. Our keys begin with a
/// letter and a colon, which no number does.
/// </remarks>
internal readonly record struct GrainRowKey(int IdHash, long N0, long N1, string? Text)
{
    private const int GuidDigits = 32;
    private const byte Plus = (byte)'+';

    public static GrainRowKey Of(string key)
    {
        var bytes = Encoding.UTF8.GetBytes(key);
        var plus = bytes.AsSpan().IndexOf(Plus);
        if (IsGuid(bytes, out var guid))
        {
            Span<byte> number = stackalloc byte[16];
            guid.TryWriteBytes(number);
            var n0 = BinaryPrimitives.ReadInt64LittleEndian(number);
            var n1 = BinaryPrimitives.ReadInt64LittleEndian(number[8..]);
            return Numbered(number, n0, n1, bytes.Length > GuidDigits ? bytes[(GuidDigits + 1)..] : null);
        }
        if (IsInteger(plus < 0 ? bytes : bytes.AsSpan(0, plus), out var integer))
        {
            Span<byte> number = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(number, integer);
            return Numbered(number, 0, integer, plus < 0 ? null : bytes[(plus + 1)..]);
        }
        return new(HashBackwards(bytes), 0, 0, key);
    }

    /// <summary>The hash that Orleans gives to names of grain types, state names and keys in reminders.</summary>
    public static int Hash(string text) => Hash(Encoding.UTF8.GetBytes(text));

    private static int Hash(ReadOnlySpan<byte> bytes) =>
        unchecked((int)BinaryPrimitives.ReverseEndianness(XxHash32.Hash(bytes)));

    private static bool IsGuid(ReadOnlySpan<byte> key, out Guid guid)
    {
        guid = default;
        return (key.Length == GuidDigits || (key.Length > GuidDigits && key[GuidDigits] == Plus))
            && Utf8Parser.TryParse(key[..GuidDigits], out guid, out var read, 'N')
            && read == GuidDigits;
    }

    private static bool IsInteger(ReadOnlySpan<byte> key, out long integer) =>
        Utf8Parser.TryParse(key, out integer, out var read, 'X') && read == key.Length;

    private static GrainRowKey Numbered(ReadOnlySpan<byte> number, long n0, long n1, byte[]? extension) =>
        new(
            HashBackwards([.. number, .. extension ?? []]),
            n0,
            n1,
            extension is null ? null : Encoding.UTF8.GetString(extension)
        );

    // The provider hashes its number as if it were big-endian, by turning round everything, text included.
    private static int HashBackwards(byte[] bytes)
    {
        var turned = bytes.AsSpan().ToArray();
        Array.Reverse(turned);
        return Hash(turned);
    }
}
