using System.Buffers.Binary;
using System.Numerics;

namespace IotOrleans.Postgres;

/// <summary>
/// The hash function xxHash, 32 bits, seed 0: its package is not to be had everywhere, and it is short.
/// </summary>
internal static class XxHash32
{
    private const uint Prime1 = 2654435761;
    private const uint Prime2 = 2246822519;
    private const uint Prime3 = 3266489917;
    private const uint Prime4 = 668265263;
    private const uint Prime5 = 374761393;

    public static uint Hash(ReadOnlySpan<byte> bytes)
    {
        unchecked
        {
            var length = (uint)bytes.Length;
            var hash = length + (bytes.Length >= 16 ? Stripes(ref bytes) : Prime5);
            for (; bytes.Length >= 4; bytes = bytes[4..])
            {
                var word = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
                hash = BitOperations.RotateLeft(hash + word * Prime3, 17) * Prime4;
            }
            foreach (var single in bytes)
            {
                hash = BitOperations.RotateLeft(hash + single * Prime5, 11) * Prime1;
            }
            hash = (hash ^ (hash >> 15)) * Prime2;
            hash = (hash ^ (hash >> 13)) * Prime3;
            return hash ^ (hash >> 16);
        }
    }

    private static uint Stripes(ref ReadOnlySpan<byte> bytes)
    {
        unchecked
        {
            var (a, b, c, d) = (Prime1 + Prime2, Prime2, 0u, 0u - Prime1);
            for (; bytes.Length >= 16; bytes = bytes[16..])
            {
                a = Round(a, bytes);
                b = Round(b, bytes[4..]);
                c = Round(c, bytes[8..]);
                d = Round(d, bytes[12..]);
            }
            return BitOperations.RotateLeft(a, 1)
                + BitOperations.RotateLeft(b, 7)
                + BitOperations.RotateLeft(c, 12)
                + BitOperations.RotateLeft(d, 18);
        }
    }

    private static uint Round(uint lane, ReadOnlySpan<byte> bytes) =>
        unchecked(
            BitOperations.RotateLeft(lane + BinaryPrimitives.ReadUInt32LittleEndian(bytes) * Prime2, 13) * Prime1
        );
}
