using System.Collections.Concurrent;

namespace IotOrleans.Access;

/// <summary>
/// Users as they were a moment ago: a token of a user who was locked, changed or removed dies within that moment.
/// </summary>
public sealed class UserStamps(IAccessStore store, TimeProvider clock)
{
    public static readonly TimeSpan Moment = TimeSpan.FromSeconds(10);

    private const int KnownMax = 10_000;

    private readonly ConcurrentDictionary<string, (User? User, DateTimeOffset Until)> _known = new();

    /// <summary>The user behind the token, if the token is still his.</summary>
    public async ValueTask<User?> Find(Tokens.Claims claims)
    {
        var now = clock.GetUtcNow();
        if (!_known.TryGetValue(claims.Sub, out var known) || known.Until <= now)
        {
            if (_known.Count >= KnownMax)
                _known.Clear();
            known = (await store.FindUser(claims.Sub, CancellationToken.None), now + Moment);
            _known[claims.Sub] = known;
        }
        return known.User is { Active: true } user && user.Stamp == claims.Stamp ? user : null;
    }

    public void Forget(string username) => _known.TryRemove(username, out _);
}
