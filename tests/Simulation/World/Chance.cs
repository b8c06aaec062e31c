namespace IotOrleans.Simulation;

/// <summary>
/// What happens by chance, out of a seed and the name of the thing it happens to. A name has the same luck whatever
/// else is in the day, so that a day with less in it goes the same way.
/// </summary>
internal readonly record struct Chance(ulong Seed)
{
    public Chance Of(string name, long number = 0) => new(Mix(Mix(Seed ^ Hash(name)) + (ulong)number));

    public Chance Of(string name, Guid id, long number = 0)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes);
        var folded = BitConverter.ToUInt64(bytes) ^ Mix(BitConverter.ToUInt64(bytes[8..]));
        return new(Mix(Of(name, number).Seed ^ folded));
    }

    /// <summary>0 to <paramref name="max"/>, which is left out.</summary>
    public int Below(int max) => (int)(Mix(Seed) % (ulong)max);

    /// <summary>Both ends are possible.</summary>
    public int Between(int from, int to) => from + Below(to - from + 1);

    public bool In(int percent) => Below(100) < percent;

    public T Pick<T>(params ReadOnlySpan<T> all) => all[Below(all.Length)];

    public TimeSpan Span(int fromMs, int toMs) => TimeSpan.FromMilliseconds(Between(fromMs, toMs));

    /// <summary>SplitMix64, by Sebastiano Vigna.</summary>
    public static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>FNV-1a: the same in every process, as the hash of a string is not.</summary>
    public static ulong Hash(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in text)
            hash = (hash ^ c) * 1099511628211UL;
        return hash;
    }
}
