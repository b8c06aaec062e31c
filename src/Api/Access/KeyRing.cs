using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace IotOrleans.Access;

/// <summary>
/// Who holds a key, by the hash of the key. Remembered for a while; emptied whenever the database says that keys have
/// changed, so that a key that was taken away is dead at once.
/// </summary>
public sealed class KeyRing(IAccessStore store, TimeProvider clock) : IDisposable
{
    private const int KnownMax = 200_000;

    private static readonly TimeSpan KnownFor = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan UnknownFor = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<UInt128, (Caller? Caller, long Until)> _known = new();

    // Only of devices that have two keys just now: few, and for a while.
    private readonly ConcurrentDictionary<string, KeyUse> _uses = new();
    private readonly SemaphoreSlim _noting = new(1);

    private int _clearings;

    public ValueTask<Caller?> Find(string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        return Remembers(key, hash, out var half, out var caller)
            ? new(caller)
            : Ask(half, Convert.ToHexStringLower(hash));
    }

    /// <summary>
    /// Writes down which of two keys were used since the last time. Afterwards all uses until now are written, also
    /// those that somebody else was just writing.
    /// </summary>
    public async Task NoteUses(CancellationToken cancellation)
    {
        await _noting.WaitAsync(cancellation);
        try
        {
            var uses = _uses.ToArray();
            if (uses.Length > 0)
                await store.NoteKeyUses([.. uses.Select(use => use.Value)], cancellation);
            // What was used again meanwhile is another value, and stays for the next time.
            foreach (var use in uses)
                _uses.TryRemove(use);
        }
        finally
        {
            _noting.Release();
        }
    }

    public void Dispose() => _noting.Dispose();

    private void Use(Caller caller, string hash)
    {
        if (caller.Devices is [var device] && _uses.Count < KnownMax)
            _uses[hash] = new(hash, device, clock.GetUtcNow());
    }

    /// <summary>Who is remembered to hold the key; null when nobody is, and the store may know better.</summary>
    public Caller? Known(string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        return Remembers(key, hash, out _, out var caller) ? caller : null;
    }

    public void Clear()
    {
        Interlocked.Increment(ref _clearings);
        _known.Clear();
    }

    /// <summary>A new key and the hash to store: 256 random bits behind a prefix that tells what it is.</summary>
    public static (string Key, string Hash) Make()
    {
        var key = "iot_" + System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        return (key, HashOf(key));
    }

    public static string HashOf(string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(key, hash);
        return Convert.ToHexStringLower(hash);
    }

    private bool Remembers(string key, Span<byte> hash, out UInt128 half, out Caller? caller)
    {
        Hash(key, hash);
        // Half of the hash tells keys apart as surely as the whole; the store compares all of it.
        half = MemoryMarshal.Read<UInt128>(hash);
        var remembered = _known.TryGetValue(half, out var found) && found.Until > clock.GetTimestamp();
        caller = remembered ? found.Caller : null;
        if (caller is { HasTwoKeys: true })
            Use(caller, Convert.ToHexStringLower(hash));
        return remembered;
    }

    private async ValueTask<Caller?> Ask(UInt128 half, string hash)
    {
        var clearings = Volatile.Read(ref _clearings);
        var caller = await store.FindKey(hash, CancellationToken.None);
        if (_known.Count >= KnownMax)
            _known.Clear();
        var span =
            caller is null ? UnknownFor
            : caller.Until - clock.GetUtcNow() is { } left && left < KnownFor ? left
            : KnownFor;
        if (caller is { HasTwoKeys: true })
            Use(caller, hash);
        _known[half] = (caller, clock.GetTimestamp() + (long)(span.TotalSeconds * clock.TimestampFrequency));
        // It may have been taken away after it was read: then it is not remembered, and asked for again.
        if (clearings != Volatile.Read(ref _clearings))
            _known.TryRemove(half, out _);
        return caller;
    }

    private static void Hash(string key, Span<byte> hash)
    {
        Span<byte> bytes = stackalloc byte[Encoding.UTF8.GetMaxByteCount(Math.Min(key.Length, 256))];
        SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(key.AsSpan(0, Math.Min(key.Length, 256)), bytes)], hash);
    }
}
