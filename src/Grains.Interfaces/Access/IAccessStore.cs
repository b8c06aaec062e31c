using IotOrleans.Devices;
using IotOrleans.Json;
using IotOrleans.Subscribers;

namespace IotOrleans.Access;

/// <summary>Users, API keys and the audit log. Secrets are stored as hashes only.</summary>
public interface IAccessStore
{
    /// <summary>Makes the first administrator when there is no user at all; false when there is one.</summary>
    Task<bool> Found(string username, string passwordHash, CancellationToken cancellation);

    Task<User?> FindUser(string username, CancellationToken cancellation);

    Task<Page<User>> Users(PageRequest page, CancellationToken cancellation);

    /// <summary>False when the name is taken.</summary>
    Task<bool> AddUser(User user, CancellationToken cancellation);

    /// <summary>Replaces the user; every token issued before is dead when the stamp differs.</summary>
    Task<bool> ChangeUser(User user, CancellationToken cancellation);

    Task<bool> RemoveUser(string username, CancellationToken cancellation);

    /// <summary>Counts a failed login, or clears the count; returns the failures in a row.</summary>
    Task<int> CountLogin(string username, bool failed, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>The holder of the key with this hash, also a device's own key; null when revoked or unknown.</summary>
    Task<Caller?> FindKey(string keyHash, CancellationToken cancellation);

    /// <summary>Notes when keys were last used, so that a person sees which of two a device has.</summary>
    Task NoteKeyUses(KeyUse[] uses, CancellationToken cancellation);

    /// <summary>The keys of a device that are believed now, the newer one first.</summary>
    Task<DeviceKey[]> KeysOf(DeviceId device, DateTimeOffset now, CancellationToken cancellation);

    Task AddKey(ApiKey key, string keyHash, CancellationToken cancellation);

    Task<Page<ApiKey>> Keys(PageRequest page, CancellationToken cancellation);

    Task<ApiKey?> Key(string keyId, CancellationToken cancellation);

    /// <summary>False when there is no such key.</summary>
    Task<bool> RevokeKey(string keyId, DateTimeOffset now, CancellationToken cancellation);

    Task Audit(AuditEntry entry, CancellationToken cancellation);

    Task<Page<AuditEntry>> AuditLog(PageRequest page, CancellationToken cancellation);
}

public sealed record KeyUse(string KeyHash, DeviceId Device, DateTimeOffset At);

/// <summary>What may be shown of a device's key.</summary>
/// <param name="ValidUntil">Null for the one that stays.</param>
/// <param name="LastUsedAt">Noted only while there are two.</param>
public sealed record DeviceKey(bool Current, DateTimeOffset? ValidUntil, DateTimeOffset? LastUsedAt);

/// <param name="Stamp">Changes with password, role or lock; tokens carry it.</param>
public sealed record User(
    string Username,
    Role Role,
    string PasswordHash,
    string Stamp,
    bool Active,
    DateTimeOffset CreatedAt,
    int FailedLogins = 0,
    DateTimeOffset? LastFailureAt = null,
    Msisdn[]? Subscribers = null,
    CustomerId? CustomerId = null
);

public sealed record ApiKey(
    string KeyId,
    string Name,
    Role Role,
    DeviceId[]? DeviceIds,
    Msisdn[]? Subscribers,
    DateTimeOffset CreatedAt,
    DateTimeOffset? RevokedAt = null,
    CustomerId? CustomerId = null
);

/// <summary>Something a person or key did, or was refused.</summary>
/// <param name="Before">What a change has replaced or removed; never a secret.</param>
/// <param name="After">What is there in its place, or was made.</param>
public sealed record AuditEntry(
    DateTimeOffset At,
    string Who,
    string Action,
    string Target,
    string Outcome,
    string? From,
    string? TraceId,
    string? Detail = null,
    JsonText? Before = null,
    JsonText? After = null
);
