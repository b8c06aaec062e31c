using System.Numerics;

namespace IotOrleans.Masks;

/// <summary>
/// Masks that do not change any more, in four arrays: 20 bytes a mask and two open-addressed indexes of 8 to 16 bytes.
/// </summary>
internal sealed class MaskTable
{
    public static readonly MaskTable Empty = new([], [], [], 0);

    private readonly long[] _real;
    private readonly long[] _shown;

    // Seconds since 1970; 0 for never. A mask that ends in the year 2106 ends as good as never.
    private readonly uint[] _expires;
    private readonly int[] _byReal;
    private readonly int[] _byShown;
    private readonly int _shift;

    private MaskTable(long[] real, long[] shown, uint[] expires, int count)
    {
        (_real, _shown, _expires, Count) = (real, shown, expires, count);
        var slots = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, count + (count / 2)));
        _shift = 64 - BitOperations.Log2((uint)slots);
        (_byReal, _byShown) = (new int[slots], new int[slots]);
        for (var index = 0; index < count; index++)
        {
            Enter(_byReal, _real[index], index);
            Enter(_byShown, _shown[index], index);
        }
    }

    public int Count { get; }

    public MaskEntry? ByShown(long shown) => Find(_byShown, _shown, shown);

    public MaskEntry? ByReal(long real) => Find(_byReal, _real, real);

    private MaskEntry? Find(int[] slots, long[] keys, long key)
    {
        for (var slot = Slot(key); slots[slot] is not 0 and var entry; slot = (slot + 1) & (slots.Length - 1))
        {
            if (keys[entry - 1] == key)
                return new(_real[entry - 1], _shown[entry - 1], _expires[entry - 1]);
        }
        return null;
    }

    private void Enter(int[] slots, long key, int index)
    {
        var slot = Slot(key);
        while (slots[slot] != 0)
            slot = (slot + 1) & (slots.Length - 1);
        slots[slot] = index + 1;
    }

    // Numbers of one range differ in their last digits only: multiplied, they spread over all slots.
    private int Slot(long key) => (int)((ulong)key * 0x9E3779B97F4A7C15 >> _shift);

    /// <param name="expected">How many there will be: arrays that need not grow leave no others behind.</param>
    public sealed class Maker(int expected = 0)
    {
        private long[] _real = new long[expected];
        private long[] _shown = new long[expected];
        private uint[] _expires = new uint[expected];
        private int _count;

        public void Add(MaskEntry entry)
        {
            if (_count == _real.Length)
                Resize(Math.Max(1024, _count + (_count / 2)));
            (_real[_count], _shown[_count], _expires[_count]) = (entry.Real, entry.Shown, entry.Expires);
            _count++;
        }

        public MaskTable Make()
        {
            Resize(_count);
            return new(_real, _shown, _expires, _count);
        }

        private void Resize(int length)
        {
            Array.Resize(ref _real, length);
            Array.Resize(ref _shown, length);
            Array.Resize(ref _expires, length);
        }
    }
}

/// <param name="Expires">Seconds since 1970; 0 for never.</param>
internal readonly record struct MaskEntry(long Real, long Shown, uint Expires);
