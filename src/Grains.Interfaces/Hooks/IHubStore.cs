using IotOrleans.Devices;

namespace IotOrleans.Hooks;

/// <summary>
/// What is kept of hubs: how they are understood, what they have sent before, what was not understood.
/// </summary>
public interface IHubStore
{
    Task<HubSettings?> Find(DeviceId hub, CancellationToken cancellation);

    Task Save(HubSettings settings, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>
    /// Marks a signed message as seen, for every process and beyond a restart. False: it was seen before.
    /// </summary>
    /// <param name="until">From then on its own time speaks against it, and it may be forgotten.</param>
    Task<bool> Take(
        DeviceId hub,
        byte[] nonce,
        DateTimeOffset until,
        DateTimeOffset now,
        CancellationToken cancellation
    );

    /// <summary>The message could not be worked on: the same one may come again.</summary>
    Task GiveBack(DeviceId hub, byte[] nonce, CancellationToken cancellation);

    /// <summary>
    /// Devices whose external id, or else whose own id, is <paramref name="name"/>; at most sixteen.
    /// </summary>
    Task<DeviceRegistration[]> FindDevices(string name, CancellationToken cancellation);

    /// <summary>Keeps what was not understood, the newest <see cref="HookRefusal.KeptMax"/> of each hub.</summary>
    Task Refuse(DeviceId hub, HookRefusal refusal, CancellationToken cancellation);

    /// <summary>The newest first.</summary>
    Task<HookRefusal[]> Refusals(DeviceId hub, CancellationToken cancellation);
}
