using System.Numerics;

namespace IotOrleans.Masks;

/// <summary>
/// Masks that do not change any more, in four arrays: 20 bytes a mask, 4 more if any is a customer's, and two
/// open-addressed indexes of 8 to 16 bytes.
/// </summary>
internal sealed class MaskTable
{
    public static readonly MaskTable Empty = new([], [], [], [], [], 0);

    private readonly long[] _real;
    private readonly long[] _shown;

    // Seconds since 1970; 0 for never. A mask that ends in the year 2106 ends as good as never.
    private readonly uint[] _expires;

    // Where in the owners the owner of a mask stands; empty when all are the house's.
    private readonly int[] _owner;
    private readonly string?[] _owners;
    private readonly int[] _byReal;
    private readonly int[] _byShown;
    private readonly int _shift;

    private MaskTable(long[] real, long[] shown, uint[] expires, int[] owner, string?[] owners, int count)
    {
        (_real, _shown, _expires, _owner, _owners, Count) = (real, shown, expires, owner, owners, count);
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

    public MaskEntry? ByShown(long shown)
    {
        for (var slot = Slot(shown); _byShown[slot] is not 0 and var entry; slot = Next(slot))
        {
            if (_shown[entry - 1] == shown)
                return Entry(entry - 1);
        }
        return null;
    }

    /// <summary>The mask of a real number that this owner has; null is the house.</summary>
    public MaskEntry? ByReal(long real, string? owner)
    {
        for (var slot = Slot(real); _byReal[slot] is not 0 and var entry; slot = Next(slot))
        {
            if (_real[entry - 1] == real && OwnerOf(entry - 1) == owner)
                return Entry(entry - 1);
        }
        return null;
    }

    /// <summary>The masks of a real number: one with each customer at most.</summary>
    public MaskEntry[] AllByReal(long real)
    {
        List<MaskEntry>? found = null;
        for (var slot = Slot(real); _byReal[slot] is not 0 and var entry; slot = Next(slot))
        {
            if (_real[entry - 1] == real)
                (found ??= []).Add(Entry(entry - 1));
        }
        return found?.ToArray() ?? [];
    }

    private MaskEntry Entry(int index) => new(_real[index], _shown[index], _expires[index], OwnerOf(index));

    private string? OwnerOf(int index) => _owner.Length == 0 ? null : _owners[_owner[index]];

    private int Next(int slot) => (slot + 1) & (_byReal.Length - 1);

    private void Enter(int[] slots, long key, int index)
    {
        var slot = Slot(key);
        while (slots[slot] != 0)
            slot = Next(slot);
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
        private int[] _owner = [];
        private readonly Dictionary<string, int> _owners = new(StringComparer.Ordinal);
        private int _count;

        public void Add(MaskEntry entry)
        {
            if (_count == _real.Length)
                Resize(Math.Max(1024, _count + (_count / 2)));
            (_real[_count], _shown[_count], _expires[_count]) = (entry.Real, entry.Shown, entry.Expires);
            if (entry.Owner is { } owner)
                SetOwner(owner);
            _count++;
        }

        public MaskTable Make()
        {
            Resize(_count);
            return new(_real, _shown, _expires, _owner, [null, .. _owners.Keys], _count);
        }

        private void SetOwner(string owner)
        {
            if (_owner.Length == 0)
                _owner = new int[_real.Length];
            if (!_owners.TryGetValue(owner, out var place))
                _owners[owner] = place = _owners.Count + 1;
            _owner[_count] = place;
        }

        private void Resize(int length)
        {
            Array.Resize(ref _real, length);
            Array.Resize(ref _shown, length);
            Array.Resize(ref _expires, length);
            if (_owner.Length > 0)
                Array.Resize(ref _owner, length);
        }
    }
}

/// <param name="Expires">Seconds since 1970; 0 for never.</param>
/// <param name="Owner">The customer; null is the house.</param>
internal readonly record struct MaskEntry(long Real, long Shown, uint Expires, string? Owner);
