using IotOrleans.Devices;

namespace IotOrleans.Access;

/// <summary>
/// The secrets by which a device or hub and the house know each other's messages. Several may live at a time, so that
/// one can take the place of another without a message lost.
/// </summary>
public interface IDeviceSecrets
{
    /// <summary>
    /// A new secret lives from now on; those before it live on for <paramref name="overlap"/>, and no longer.
    /// </summary>
    /// <param name="text">What the other side knows; it is stored sealed and never shown again.</param>
    /// <exception cref="Events.JournalUnavailableException">The database cannot be reached now.</exception>
    Task<SecretRecord> Rotate(
        DeviceId device,
        string text,
        TimeSpan overlap,
        DateTimeOffset now,
        CancellationToken cancellation
    );

    /// <summary>Those that live, the newest first.</summary>
    Task<DeviceSecret[]> Living(DeviceId device, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>An old secret is dead at once. False when it is not there, or is the one that stays.</summary>
    Task<bool> Drop(DeviceId device, string secretId, CancellationToken cancellation);

    /// <summary>A message that this secret signed was believed; noted about once a minute.</summary>
    Task Used(string secretId, DateTimeOffset now, CancellationToken cancellation);
}

/// <summary>What may be shown of a secret.</summary>
/// <param name="ExpiresAt">Null until a newer one takes its place.</param>
/// <param name="LastUsedAt">An old secret that nobody uses any more can go.</param>
public sealed record SecretRecord(
    string SecretId,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt = null,
    DateTimeOffset? LastUsedAt = null
);

/// <summary>A living secret, open.</summary>
public sealed record DeviceSecret(SecretRecord Record, string Text);
