using System.Collections.Concurrent;
using IotOrleans.Access;
using IotOrleans.Devices;

namespace IotOrleans.Hooks;

/// <summary>Who has shown by a message of a hub that he lives, also by one that is no event.</summary>
public sealed class HookLiving(HookReader reader, SignsOfLife signs, TimeProvider clock)
{
    private const int KnownMax = 50_000;

    private static readonly TimeSpan KnownFor = TimeSpan.FromMinutes(5);

    // Telemetry comes often: whose it is need not be asked each time.
    private readonly ConcurrentDictionary<(DeviceId Hub, string Name), DeviceId?> _known = new();
    private DateTimeOffset _knownUntil;

    public void Hear(DeviceId device, DeviceId via) => signs.Hear(device, via);

    public async Task Hear(
        HookLetter letter,
        DeviceRecord hub,
        Caller caller,
        HookReading reading,
        CancellationToken cancellation
    )
    {
        signs.Hear(letter.Hub, letter.Hub);
        // Those of facts are heard as they are told.
        if (reading.Facts.Length > 0 || reading.Living is not { } names)
            return;
        var now = clock.GetUtcNow();
        if (now >= _knownUntil || _known.Count >= KnownMax)
        {
            _known.Clear();
            _knownUntil = now + KnownFor;
        }
        var key = (letter.Hub, names[0]);
        if (!_known.TryGetValue(key, out var device))
            _known[key] = device = await reader.Whose(letter, hub, caller, names, cancellation);
        if (device is { } known)
            signs.Hear(known, letter.Hub);
    }
}
